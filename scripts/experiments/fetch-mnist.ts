/**
 * Fetches MNIST from its public homes into data/mnist, checking what comes: `make fetch-mnist`.
 */
import { messageOf, UserError } from '../../src/errors.js';
import { download, fetchMnist } from './download-mnist.js';
import { MNIST_FOLDER, MNIST_HOMES } from './mnist-files.js';

try {
  await fetchMnist({
    folder: MNIST_FOLDER,
    homes: MNIST_HOMES,
    download,
    say: (line) => console.log(line),
  });
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  console.error(`fetch-mnist: ${messageOf(error)}`);
  process.exitCode = 2;
}
