/** The example of docs/protect-an-api.md in Java, apart from the others since it takes longest. */
import { answersTheCalls } from './same-calls.ts';

answersTheCalls('Java', 'by introspection');
answersTheCalls('Java', 'locally');
