/** The languages of the examples, and whether they are at hand. */
import { spawnSync } from 'node:child_process';

/** What each language needs, and a command that succeeds where it is there. */
const LANGUAGES = {
  Node: { needs: 'Node.js', probe: 'node --version' },
  Python: {
    needs: 'Python 3.10 or later, with venv',
    probe: 'python3 -c "import ensurepip, sys; sys.exit(sys.version_info < (3, 10))"',
  },
  Go: { needs: 'Go 1.22 or later', probe: `go version | grep -Eq 'go1\\.(2[2-9]|[3-9][0-9])'` },
  Java: {
    needs: 'a JDK of 17 or later, and Maven',
    probe: `javac -version 2>&1 | grep -Eq ' (1[7-9]|[2-9][0-9])' && mvn --version`,
  },
} as const;

/** A language that has an example. */
export type Language = keyof typeof LANGUAGES;

/** All of them. */
export const languages = Object.keys(LANGUAGES) as Language[];

/** What of a language is missing here, in words; undefined when it is at hand. */
export function missing(language: Language): string | undefined {
  const { needs, probe } = LANGUAGES[language];
  const { status } = spawnSync('bash', ['-c', probe], { stdio: 'ignore' });
  return status === 0 ? undefined : needs;
}

/** Whether a missing language is a failure. */
export const allWanted = process.env.EXAMPLES === 'all';
