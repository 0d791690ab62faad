import type { Command } from './command.js';
import { describeCommand } from './describe.js';
import { diagramCommand } from './diagram.js';
import { doctorCommand } from './doctor.js';
import { extractCommand } from './extract.js';
import { lsCommand } from './ls.js';
import { probeCommand } from './probe.js';
import { reportCommand } from './report.js';
import { rmCommand } from './rm.js';
import { tapsCommand } from './taps.js';
import { verifyCommand } from './verify.js';

/** Every command, in the order of `--help`. */
export const COMMANDS: readonly Command[] = [
  extractCommand,
  probeCommand,
  reportCommand,
  tapsCommand,
  diagramCommand,
  lsCommand,
  describeCommand,
  verifyCommand,
  rmCommand,
  doctorCommand,
];
