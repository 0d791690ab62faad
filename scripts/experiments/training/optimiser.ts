import tf from '@tensorflow/tfjs';

/** How weights are moved; the rate is the schedule's. */
export type Optimiser =
  | { readonly kind: 'sgd' }
  | { readonly kind: 'momentum'; readonly momentum: number }
  | { readonly kind: 'adam' };

/** An optimiser in use. */
export interface RunningOptimiser {
  /** Moves the weights once, against the gradient of a loss, and returns the loss. */
  step(rate: number, loss: () => tf.Scalar): tf.Scalar;
  dispose(): void;
}

/** Starts an optimiser of tfjs. */
export function startOptimiser(optimiser: Optimiser): RunningOptimiser {
  switch (optimiser.kind) {
    case 'sgd':
      return startDescent(tf.train.sgd(0));
    case 'momentum': {
      const running = tf.train.momentum(0, optimiser.momentum);
      const own = startDescent(running);
      const dispose = () => {
        own.dispose();
        // tfjs forgets the scalar of its rate.
        tf.dispose((running as unknown as { c: tf.Scalar }).c);
      };
      return { ...own, dispose };
    }
    case 'adam':
      return startAdam(tf.train.adam(0));
  }
}

function startDescent(running: tf.SGDOptimizer): RunningOptimiser {
  return {
    step: (rate, loss) => {
      running.setLearningRate(rate);
      return running.minimize(loss, true) as tf.Scalar;
    },
    dispose: () => running.dispose(),
  };
}

/** Adam reads its rate at every step. */
function startAdam(running: tf.AdamOptimizer): RunningOptimiser {
  return {
    step: (rate, loss) => {
      Object.assign(running, { learningRate: rate });
      return running.minimize(loss, true) as tf.Scalar;
    },
    dispose: () => running.dispose(),
  };
}
