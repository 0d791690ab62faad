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

function create(optimiser: Optimiser): tf.Optimizer {
  switch (optimiser.kind) {
    case 'sgd':
      return tf.train.sgd(0);
    case 'momentum':
      return tf.train.momentum(0, optimiser.momentum);
    case 'adam':
      return tf.train.adam(0);
  }
}

/** Starts an optimiser of tfjs. */
export function startOptimiser(optimiser: Optimiser): RunningOptimiser {
  const running = create(optimiser);
  return {
    step: (rate, loss) => {
      if (running instanceof tf.SGDOptimizer) running.setLearningRate(rate);
      else (running as unknown as { learningRate: number }).learningRate = rate;
      return running.minimize(loss, true) as tf.Scalar;
    },
    dispose: () => {
      running.dispose();
      // With momentum tfjs forgets the scalar of its rate.
      if (running instanceof tf.MomentumOptimizer) tf.dispose((running as unknown as { c: tf.Scalar }).c);
    },
  };
}
