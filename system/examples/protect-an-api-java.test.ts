/** The example of docs/protect-an-api.md in Java, which takes longer than the others. */
import { answersTheCalls } from './same-calls.ts';

answersTheCalls('Java', 'by introspection');
answersTheCalls('Java', 'locally');
