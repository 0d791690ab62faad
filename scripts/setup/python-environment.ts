/**
 * Makes a Python environment of the tests, and goes on without it where it cannot be made:
 *
 *     npx tsx scripts/setup/python-environment.ts [tests|tensorflow]
 */
import { ENVIRONMENTS, makeVirtualEnvironment } from './virtual-environment.js';

const name = process.argv[2] ?? 'tests';
const environment = Object.entries(ENVIRONMENTS).find(([known]) => known === name)?.[1];
if (environment === undefined) {
  console.error(`unknown environment: ${name} (known: ${Object.keys(ENVIRONMENTS).join(', ')})`);
  process.exit(2);
}
const problem = await makeVirtualEnvironment(environment);
if (problem !== undefined)
  console.error(`set-up: the tests that need its Python packages (${name}) will skip: ${problem}`);
