import tf from '@tensorflow/tfjs';
import { IMAGE_AXES, tapAxes } from './axes/axis.js';
import { planAxes } from './layer-axes.js';
import type { LayerPlan, LayerStep } from './layer-plan.js';
import { layerSources } from './layer-sources.js';
import type { Classifier, ModelInput, Tap } from './model.js';
import { dependence } from './other-sources.js';
import { kindOf } from './tap-kinds.js';

/** A tap and the number of the value that it taps. */
export interface LayerTap {
  readonly tap: Tap;
  readonly value: number;
}

/**
 * tfjs turns the input of a Conv1D with channels first, and does not turn its output back, whatever shape it states. Its
 * configuration leaves the data format out.
 */
function isTurned(layer: LayerStep['layer']): boolean {
  const { dataFormat } = layer as { dataFormat?: unknown };
  return layer.getClassName() === 'Conv1D' && dataFormat === 'channelsFirst';
}

/** The shape of a step's output without the batch; undefined where the model file leaves it open. */
function statedShape({ layer }: LayerStep, at: number): number[] | undefined {
  if (layer.inboundNodes.length !== 1 || isTurned(layer)) return undefined;
  const shape = layer.inboundNodes[0]?.outputTensors[at]?.shape.slice(1);
  return shape?.every((length) => length !== null) ? (shape as number[]) : undefined;
}

/** The shapes of all values: as the file states them, or else found by running the model once on a black image. */
function valueShapes(plan: LayerPlan, { height, width, channels }: ModelInput): Map<number, number[]> {
  const shapes = new Map([[0, [height, width, channels]]]);
  for (const step of plan.steps)
    for (const [at, value] of step.outputs.entries()) {
      const shape = statedShape(step, at);
      if (shape === undefined) return ranShapes(plan, { height, width, channels });
      shapes.set(value, shape);
    }
  return shapes;
}

function ranShapes(plan: LayerPlan, { height, width, channels }: ModelInput): Map<number, number[]> {
  const shapes = new Map<number, number[]>();
  tf.tidy(() => {
    const values = new Map<number, tf.Tensor>([[0, tf.zeros([1, height, width, channels])]]);
    for (const step of plan.steps) {
      const outputs = applyLayer(
        step,
        step.inputs.map((input) => values.get(input)!),
      );
      for (const [at, value] of step.outputs.entries()) values.set(value, outputs[at]!);
    }
    for (const [value, tensor] of values) shapes.set(value, tensor.shape.slice(1));
  });
  return shapes;
}

/** Runs one layer as `predict` does. The caller disposes the outputs. */
export function applyLayer({ layer }: LayerStep, inputs: tf.Tensor[]): tf.Tensor[] {
  return tf.tidy(() => {
    const outputs = layer.apply(inputs, { training: false }) as tf.Tensor | tf.Tensor[];
    return Array.isArray(outputs) ? outputs : [outputs];
  });
}

/** The taps of a plan: the image, then every output of every step; `name#1` is the second output of one layer. */
export function layerTaps(plan: LayerPlan, input: ModelInput): LayerTap[] {
  const shapes = valueShapes(plan, input);
  const axes = planAxes(plan, shapes);
  const others = layerSources(plan);
  const image: Tap = {
    name: plan.inputName,
    kind: 'input',
    op: 'InputLayer',
    shape: shapes.get(0)!,
    axes: IMAGE_AXES,
    depth: 0,
    inputs: [],
  };
  const taps = new Map<number, Tap>([[0, image]]);
  for (const step of plan.steps) {
    const { name, layer, inputs, outputs } = step;
    const sources = inputs.map((value) => taps.get(value)!);
    const op = layer.getClassName();
    for (const [at, value] of outputs.entries())
      taps.set(value, {
        name: at === 0 ? name : `${name}#${at}`,
        kind: kindOf(op),
        op,
        shape: shapes.get(value)!,
        depth: 1 + Math.max(...sources.map((source) => source.depth)),
        inputs: [...new Set(sources.map((source) => source.name))],
        ...tapAxes(axes.get(value)!),
        ...dependence(others.get(step)),
      });
  }
  return [...taps].map(([value, tap]) => ({ tap, value })).sort((a, b) => a.tap.depth - b.tap.depth);
}

/** Layers that pass on what they are given, at inference. */
const PASSING = ['Flatten', 'Reshape', 'Dropout', 'InputLayer'];

function isSoftmax({ layer }: LayerStep): boolean {
  const { activation, axis } = layer.getConfig();
  if (layer.getClassName() === 'Softmax') return axis === undefined || axis === null || axis === -1;
  return activation === 'softmax';
}

/** The classifier at the end: one output of softmax probabilities, (batch, outputs). */
export function layerClassifier(plan: LayerPlan, taps: readonly LayerTap[]): Classifier | undefined {
  const [output, ...more] = plan.outputs;
  const end = taps.find(({ value }) => value === output)?.tap;
  if (more.length > 0 || end?.shape.length !== 1) return undefined;
  const stepOf = (value: number | undefined) =>
    plan.steps.find(({ outputs }) => outputs.includes(value ?? -1));
  let step = stepOf(output);
  while (step !== undefined && PASSING.includes(step.layer.getClassName())) step = stepOf(step.inputs[0]);
  return step !== undefined && isSoftmax(step) ? { tap: end.name, outputs: end.shape[0]! } : undefined;
}
