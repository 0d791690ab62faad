import yargs, { type Argv } from 'yargs';
import { messageOf, nearestName, UserError } from '../errors.js';
import type { Command } from './command.js';
import { COMMANDS } from './commands.js';
import { exitCodeOf, isExpected } from './exit-code.js';
import { valuesUnderFlags } from './options.js';
import { terminal } from './terminal.js';
import { version } from './version.js';

const ABOUT = `strata ${version}: what each layer of a network knows, by linear classifier probes

Two stages: extract runs a frozen model over a data set once and keeps reduced activations of many
layers on disk; probe trains a linear softmax probe on every layer, label set and l2 value.

$ strata extract && strata probe     # the embedded data set and network
$ strata extract --dataset folder:imagenet --model models/resnet50 --preprocess caffe --cache data/cache/r50
$ strata probe --cache data/cache/r50 --labels label,random --l2 1e-3,1e-4
$ strata COMMAND --help              # examples and options of one command`;

const EPILOGUE = `Options also come from the environment (STRATA_CACHE for --cache) and from --config FILE (YAML or
JSON); flags win over the environment, and it over the file.
Exit codes: 0 done, 1 failure, 2 usage, 3 done with quarantined samples, 4 damaged cache, 130 interrupted.`;

const OPTION_NAMES = [...new Set(COMMANDS.flatMap(({ options }) => Object.keys(options)))];

/** The value of --config, which must be known before the options are parsed. */
function configPathIn(argv: readonly string[]): string | undefined {
  const joined = argv.find((word) => word.startsWith('--config='));
  if (joined !== undefined) return joined.slice('--config='.length);
  const at = argv.indexOf('--config');
  return at < 0 ? undefined : argv[at + 1];
}

/** What a command's help opens with: what it does, and examples. */
function usageOf({ usage, describe, examples }: Command): string {
  const lines = examples.map(([example, meaning]) => `# ${meaning}\n$ ${example}`);
  return `strata ${usage} [options]: ${describe}\n\n${lines.join('\n')}`;
}

function addCommand(
  cli: Argv,
  command: Command,
  argv: readonly string[],
  finish: (code: number) => void,
): Argv {
  return cli.command(
    command.usage,
    command.describe,
    async (builder) => {
      for (const [name, positional] of Object.entries(command.positionals))
        builder.positional(name, positional);
      const values = await valuesUnderFlags(command.options, OPTION_NAMES, configPathIn(argv));
      return builder
        .usage(usageOf(command))
        .options({ ...command.options })
        .config(values);
    },
    async (values) => finish(await command.run(values)),
  );
}

/** One line for a wrong command line: yargs's own words, and the nearest known option. */
function usageError(message: string, argv: readonly string[]): UserError {
  const unknown = /^Unknown arguments?: ([^,]+)/.exec(message)?.[1];
  if (unknown === undefined) return new UserError(message.split('\n').join(' '));
  const command = COMMANDS.find(({ name }) => argv.includes(name));
  const known = command === undefined ? COMMANDS.map(({ name }) => name) : Object.keys(command.options);
  const isOption = argv.some((word) => word.startsWith(`--${unknown}`));
  if (!isOption && command !== undefined)
    return new UserError(`unexpected word on the command line: ${unknown}`);
  const dashes = isOption ? '--' : '';
  const what = isOption ? 'option' : 'command';
  return new UserError(
    `unknown ${what}: ${dashes}${unknown} (did you mean ${dashes}${nearestName(unknown, known)}?)`,
  );
}

/** yargs reads `--dry-run=1` as false: the opposite of what was meant. */
function checkSwitches(argv: readonly string[]): void {
  for (const word of argv) {
    const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? [];
    const isSwitch = COMMANDS.some(({ options }) => options[name]?.type === 'boolean');
    if (isSwitch && value !== 'true' && value !== 'false') {
      throw new UserError(`--${name} takes no value, or true or false: ${value}`);
    }
  }
}

async function run(argv: readonly string[]): Promise<number> {
  checkSwitches(argv);
  let code = 0;
  let cli: Argv = yargs([...argv])
    .scriptName('strata')
    .usage(ABOUT)
    .epilogue(EPILOGUE)
    .version(version)
    .alias({ h: 'help' })
    .strict()
    .parserConfiguration({
      'boolean-negation': false,
      'parse-numbers': false,
      'duplicate-arguments-array': true,
    })
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .completion('completion', 'Print the script that completes strata in bash or zsh')
    .demandCommand(1, 'which command? (strata --help lists them)')
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? usageError(message, argv);
    });
  for (const command of COMMANDS) {
    cli = addCommand(cli, command, argv, (commandCode) => {
      code = commandCode;
    });
  }
  await cli.parseAsync().catch((error: unknown) => {
    // Past its `fail`, yargs throws errors of its own in place of what a `coerce` threw.
    throw error instanceof Error && error.name === 'YError' ? usageError(error.message, argv) : error;
  });
  return code;
}

function report(error: unknown): number {
  if (isExpected(error)) terminal.fail(messageOf(error));
  else terminal.fail(error instanceof Error ? (error.stack ?? error.message) : String(error));
  return exitCodeOf(error);
}

/**
 * Carries out one command line and returns its exit code; what fails is said on stderr, and nothing is thrown.
 *
 * @param argv - the words after `strata`.
 */
export async function runCommandLine(argv: readonly string[]): Promise<number> {
  return await run(argv).catch(report);
}
