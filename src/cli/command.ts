import type { InferredOptionTypes, PositionalOptions } from 'yargs';
import type { CommandOptions } from './options.js';

/** One command of strata, as `main` runs it. */
export interface Command {
  readonly name: string;
  /** The name with its positionals, as yargs takes it: `taps [model]`. */
  readonly usage: string;
  readonly describe: string;
  readonly positionals: { readonly [name: string]: PositionalOptions };
  readonly options: CommandOptions;
  /** A command line and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Does the work and returns the exit code. `values` are the parsed options and positionals. */
  run(values: { readonly [name: string]: unknown }): Promise<number>;
}

/** A command whose `run` sees its options with the types that their declarations give. */
interface TypedCommand<O extends CommandOptions, P extends { readonly [name: string]: PositionalOptions }>
  extends Omit<Command, 'options' | 'positionals' | 'run'> {
  readonly options: O;
  readonly positionals?: P;
  run(values: InferredOptionTypes<O> & InferredOptionTypes<P>): Promise<number>;
}

/** Declares a command. The cast is safe: yargs has parsed the values by these very declarations. */
export function defineCommand<
  const O extends CommandOptions,
  const P extends { readonly [name: string]: PositionalOptions } = Record<never, never>,
>(command: TypedCommand<O, P>): Command {
  return {
    ...command,
    positionals: command.positionals ?? {},
    run: (values) => command.run(values as InferredOptionTypes<O> & InferredOptionTypes<P>),
  };
}
