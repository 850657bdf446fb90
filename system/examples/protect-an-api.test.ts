/** The examples of docs/protect-an-api.md in Node, Python and Go. */
import { answersTheCalls } from './same-calls.ts';

answersTheCalls('Node', 'by introspection');
answersTheCalls('Node', 'locally');
answersTheCalls('Python', 'by introspection');
answersTheCalls('Python', 'locally');
answersTheCalls('Go', 'by introspection');
