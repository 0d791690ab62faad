import tf from '@tensorflow/tfjs';
import { UserError } from '../errors.js';

type Layer = tf.layers.Layer;

/** One use of one layer. Values are numbered: 0 is the image, the others are outputs of earlier steps. */
export interface LayerStep {
  /** `layer`, `outer/inner` in a nested model, `layer:1` for the second use of a shared layer. */
  readonly name: string;
  readonly layer: Layer;
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** What a layers model computes, nested models flattened, every step after those it needs. */
export interface LayerPlan {
  /** The input layer's name. */
  readonly inputName: string;
  readonly steps: readonly LayerStep[];
  /** The values that are the model's outputs. */
  readonly outputs: readonly number[];
}

/** The inside of one use of a model: which of its symbolic tensors are which values. */
interface Scope {
  readonly prefix: string;
  readonly values: Map<number, number>;
}

class Planner {
  readonly steps: LayerStep[] = [];
  private readonly uses = new Map<string, number>();
  private values = 1;

  private useName(scope: Scope, layer: Layer): string {
    const name = scope.prefix + layer.name;
    const uses = this.uses.get(name) ?? 0;
    this.uses.set(name, uses + 1);
    return uses === 0 ? name : `${name}:${uses}`;
  }

  private addLayer(scope: Scope, layer: Layer, io: { inputs: number[]; outputs: number }): number[] {
    const outputs = Array.from({ length: io.outputs }, () => this.values++);
    this.steps.push({ name: this.useName(scope, layer), layer, inputs: io.inputs, outputs });
    return outputs;
  }

  private addModel(scope: Scope, model: tf.LayersModel, inputs: readonly number[]): number[] {
    const values = new Map(model.inputs.map((tensor, at) => [tensor.id, inputs[at]!]));
    const inner = { prefix: `${this.useName(scope, model)}/`, values };
    return model.outputs.map((tensor) => this.value(inner, tensor));
  }

  /** The value of a symbolic tensor, after adding the steps that compute it. */
  value(scope: Scope, tensor: tf.SymbolicTensor): number {
    const known = scope.values.get(tensor.id);
    if (known !== undefined) return known;
    const layer = tensor.sourceLayer;
    const node = layer.inboundNodes[tensor.nodeIndex];
    if (node === undefined || node.inboundLayers.length === 0)
      throw new UserError(`model needs more than the image: ${layer.name} is a second input`);
    const inputs = node.inputTensors.map((input) => this.value(scope, input));
    const outputs =
      layer instanceof tf.LayersModel
        ? this.addModel(scope, layer, inputs)
        : this.addLayer(scope, layer, { inputs, outputs: node.outputTensors.length });
    for (const [at, output] of node.outputTensors.entries()) scope.values.set(output.id, outputs[at]!);
    return scope.values.get(tensor.id)!;
  }
}

/** The steps of a model with one input, of which its outputs need every one. */
export function layerPlan(model: tf.LayersModel): LayerPlan {
  const [input, ...more] = model.inputs;
  if (input === undefined || more.length > 0)
    throw new UserError(
      `model needs one image as its input, and has ${model.inputs.length}: ${model.inputNames.join(', ')}`,
    );
  const planner = new Planner();
  const scope = { prefix: '', values: new Map([[input.id, 0]]) };
  const outputs = model.outputs.map((output) => planner.value(scope, output));
  return { inputName: input.sourceLayer.name, steps: planner.steps, outputs };
}

/** The steps that some values need, in order. */
export function neededSteps(plan: LayerPlan, values: readonly number[]): LayerStep[] {
  const needed = new Set(values);
  const steps = plan.steps.toReversed().filter((step) => {
    if (!step.outputs.some((output) => needed.has(output))) return false;
    for (const input of step.inputs) needed.add(input);
    return true;
  });
  return steps.reverse();
}
