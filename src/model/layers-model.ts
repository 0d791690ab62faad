import tf from '@tensorflow/tfjs';
import { messageOf, UserError, unknownName } from '../errors.js';
import { type LayerPlan, type LayerStep, layerPlan, neededSteps } from './layer-plan.js';
import { applyLayer, type LayerTap, layerClassifier, layerTaps } from './layer-taps.js';
import type { FrozenModel, TapVisitor } from './model.js';
import { type InputSize, modelInput } from './model-input.js';
import type { ModelFile } from './read-model-file.js';

async function loadLayers({ handler, path }: ModelFile): Promise<tf.LayersModel> {
  try {
    return await tf.loadLayersModel(handler);
  } catch (error) {
    const message = messageOf(error).split('\n')[0] ?? '';
    const [, unknown] = /^Unknown layer: (\S+?)\.?(?: |$)/.exec(message) ?? [];
    const problem =
      unknown === undefined
        ? `model cannot be loaded: ${path} (${message})`
        : `model has a layer that tfjs does not know: ${unknown} (${path}; export a model without it)`;
    throw new UserError(problem, { cause: error });
  }
}

/** The values of one run: each is freed after the last step that needs it. */
class LiveValues {
  private readonly tensors = new Map<number, tf.Tensor>();
  private readonly uses = new Map<number, number>();

  constructor(image: tf.Tensor, steps: readonly LayerStep[]) {
    // The image is the caller's: a use that never ends keeps it.
    this.uses.set(0, Number.POSITIVE_INFINITY);
    this.tensors.set(0, image);
    for (const value of steps.flatMap((step) => step.inputs))
      this.uses.set(value, (this.uses.get(value) ?? 0) + 1);
  }

  inputsOf(step: LayerStep): tf.Tensor[] {
    return step.inputs.map((value) => this.tensors.get(value)!);
  }

  /** Takes a step's outputs, lets `visit` see them, and frees what no later step needs. */
  add(
    step: LayerStep,
    outputs: readonly tf.Tensor[],
    visit: (value: number, tensor: tf.Tensor) => void,
  ): void {
    for (const [at, value] of step.outputs.entries()) this.tensors.set(value, outputs[at]!);
    for (const [at, value] of step.outputs.entries()) visit(value, outputs[at]!);
    for (const value of step.inputs) this.uses.set(value, this.uses.get(value)! - 1);
    for (const value of [...step.inputs, ...step.outputs]) if (!this.uses.get(value)) this.free(value);
  }

  private free(value: number): void {
    this.tensors.get(value)?.dispose();
    this.tensors.delete(value);
  }

  /** Frees what an error has left. */
  clear(): void {
    for (const value of [...this.tensors.keys()]) if (value !== 0) this.free(value);
  }
}

interface Run {
  readonly plan: LayerPlan;
  readonly images: tf.Tensor4D;
  readonly wanted: readonly LayerTap[];
  readonly visit: TapVisitor;
}

function runPlan({ plan, images, wanted, visit }: Run): void {
  const taps = new Map(wanted.map(({ tap, value }) => [value, tap]));
  const steps = neededSteps(plan, [...taps.keys()]);
  const live = new LiveValues(images, steps);
  const visitValue = (value: number, tensor: tf.Tensor) => {
    const tap = taps.get(value);
    if (tap !== undefined) visit(tap, tensor);
  };
  try {
    visitValue(0, images);
    for (const step of steps) live.add(step, applyLayer(step, live.inputsOf(step)), visitValue);
  } finally {
    live.clear();
  }
}

/** Opens a tfjs layers model. Its taps are the outputs of all its layers. */
export async function layersModel(file: ModelFile, size: InputSize | undefined): Promise<FrozenModel> {
  const model = await loadLayers(file);
  try {
    const plan = layerPlan(model);
    const input = modelInput({ name: plan.inputName, shape: model.inputs[0]!.shape }, size);
    const taps = layerTaps(plan, input);
    const classifier = layerClassifier(plan, taps);
    const byName = new Map(taps.map((entry) => [entry.tap.name, entry]));
    const missing = (name: string) => {
      throw unknownName('tap', name, [...byName.keys()]);
    };
    return {
      format: 'layers',
      name: file.name,
      input,
      taps: taps.map(({ tap }) => tap),
      ...(classifier === undefined ? {} : { classifier }),
      identity: { format: 'layers', topologySha256: file.topologySha256, weightsSha256: file.weightsSha256 },
      run: async (images, names, visit) => {
        runPlan({ plan, images, wanted: names.map((name) => byName.get(name) ?? missing(name)), visit });
      },
      dispose: () => {
        model.dispose();
      },
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}
