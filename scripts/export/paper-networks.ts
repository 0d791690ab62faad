import type { Tap } from '../../src/model/model.js';
import type { Library } from './environment.js';

/** A library that exports the paper's networks, and the format that it exports them to. */
export const FORMATS = { torchvision: 'ONNX', keras: 'SavedModel' } as const satisfies Partial<
  Record<Library, string>
>;

/** One of {@link FORMATS}. */
export type NetworkLibrary = keyof typeof FORMATS;

/** A network, and what each library calls it. */
export interface PaperNetwork {
  readonly title: string;
  readonly names: Readonly<Record<NetworkLibrary, string>>;
}

/** ResNet-50 and Inception v3, which the paper probes, and those that its conclusion wishes for. */
export const PAPER_NETWORKS: readonly PaperNetwork[] = [
  { title: 'ResNet-50', names: { torchvision: 'resnet50', keras: 'ResNet50' } },
  { title: 'ResNet-101', names: { torchvision: 'resnet101', keras: 'ResNet101' } },
  { title: 'ResNet-152', names: { torchvision: 'resnet152', keras: 'ResNet152' } },
  { title: 'VGG-16', names: { torchvision: 'vgg16', keras: 'VGG16' } },
  { title: 'VGG-19', names: { torchvision: 'vgg19', keras: 'VGG19' } },
  { title: 'Inception v3', names: { torchvision: 'inception_v3', keras: 'InceptionV3' } },
];

/** A tap as `strata taps --json` lists it. */
export type ListedTap = Pick<Tap, 'name' | 'shape'>;

/** A network in one format, measured. */
export interface MeasuredNetwork {
  readonly title: string;
  readonly library: NetworkLibrary;
  readonly images: number;
  readonly points: readonly ListedTap[];
  readonly exportSeconds: number;
  /** From the start of the command to its first image. */
  readonly openSeconds: number;
  readonly imagesPerSecond: number;
  readonly wallSeconds: number;
  readonly peakBytes: number;
  readonly bytesPerImage: number;
  readonly load: string;
}

/** The points of a network that have one shape: how many, and their names in each format. */
export interface ShapeGroup {
  readonly shape: string;
  readonly names: ReadonlyMap<NetworkLibrary, readonly string[]>;
}

/** Groups a network's points in all formats by their shape, in depth order. Pure. */
export function shapeGroups(measured: readonly MeasuredNetwork[]): readonly ShapeGroup[] {
  const groups = new Map<string, Map<NetworkLibrary, string[]>>();
  for (const { library, points } of measured)
    for (const { name, shape } of points) {
      const key = shape.join('x');
      const names = groups.get(key) ?? new Map<NetworkLibrary, string[]>();
      groups.set(key, names.set(library, [...(names.get(library) ?? []), name]));
    }
  return [...groups].map(([shape, names]) => ({ shape, names }));
}
