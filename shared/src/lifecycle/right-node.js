/**
 * Ends the process with one line when the installation cannot run it: when Node.js is too old for the sources, or a
 * package is missing that its arguments name. Plain JavaScript, because an old Node.js has to read it.
 */
import { existsSync } from 'node:fs';

/** The oldest Node.js that runs the sources: it strips types, and has Argon2. */
const NEEDED = 24;

const [, program, ...packages] = process.argv;

if (Number.parseInt(process.versions.node, 10) < NEEDED) {
  end(
    `Node.js ${NEEDED} is needed, and this is ${process.version}. The right one comes with the project, unless npm ran ` +
      'no install scripts. Run `npm rebuild node --ignore-scripts=false`, or put Node.js 24 on the PATH.',
  );
}

// As a program of its own, not as what another one imports.
if (program?.endsWith('right-node.js')) {
  const isMissing = (/** @type {string} */ name) =>
    !existsSync(new URL(`../../../node_modules/${name}`, import.meta.url));
  if (packages.some(isMissing)) {
    end(
      'the packages for development are not installed, because npm left them out (NODE_ENV=production, or ' +
        '--omit=dev). Run `npm ci --include=dev`.',
    );
  }
}

/**
 * @param {string} reason
 * @returns {never}
 */
function end(reason) {
  process.stderr.write(`time-chain: ${reason}\n`);
  process.exit(1);
}
