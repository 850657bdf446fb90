/** The options of a command, and its help. */
import { type ParseArgsOptionsConfig, parseArgs } from 'node:util';

/** The exit code of a command whose arguments are wrong. */
const MISUSED = 2;

/**
 * What this process was given after its name. `--help` writes the help and ends the process with 0; an option or an
 * argument that the command does not know ends it with 2.
 *
 * @param command what a complaint begins with
 * @param help the whole text
 * @param allowPositionals whether the command takes arguments that are no options
 */
export function commandLine<const Options extends ParseArgsOptionsConfig>(
  command: string,
  help: string,
  options: Options,
  allowPositionals = false,
) {
  try {
    const given = parseArgs({
      options: { ...options, help: { type: 'boolean', short: 'h' } },
      allowPositionals,
    });
    if (!('help' in given.values)) return given;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    // Only its first sentence: the others explain how to write an argument that begins with a dash.
    process.stderr.write(`${command}: ${error.message.split('.')[0]}; --help lists the arguments\n`);
    process.exit(MISUSED);
  }
  process.stdout.write(help);
  process.exit(0);
}
