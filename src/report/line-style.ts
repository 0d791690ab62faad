import type { Split } from '../split.js';

/** How a line is drawn: no two lines of a plot differ by colour alone. */
export interface LineStyle {
  readonly colour: string;
  /** Lengths of dashes and gaps in pixels; empty for a solid line. */
  readonly dash: readonly number[];
  /** A symbol at each point; null for a reference line. */
  readonly marker: 'circle' | 'square' | 'triangle-up' | 'diamond' | null;
  readonly width: number;
  /** How far the bars of its points are to the right, in pixels: those of lines near each other are to be told apart. */
  readonly barShift?: number;
}

/** Text, axes and the chance level: a grey with a contrast of about 4.5 on white and on black. */
export const GREY = '#767676';

// Okabe and Ito's colour-blind-safe set, the light ones darkened to a contrast of 3 on white and on near-black.
const VERMILLION = '#D55E00';
const BLUE = '#2E7EBF';
const GREEN = '#009E73';
const PURPLE = '#B9639A';
const OCHRE = '#B58100';

const COLOURS = [VERMILLION, BLUE, GREEN, PURPLE, OCHRE] as const;
const MARKERS = ['circle', 'square', 'triangle-up', 'diamond'] as const;
const DASHES = [[], [6, 3], [2, 3]] as const;

/** The lines of the three splits. */
export const SPLIT_STYLES: Readonly<Record<Split, LineStyle>> = {
  train: { colour: GREEN, dash: [2, 3], marker: 'triangle-up', width: 1.5 },
  valid: { colour: BLUE, dash: [6, 3], marker: 'square', width: 1.5, barShift: -2.5 },
  test: { colour: VERMILLION, dash: [], marker: 'circle', width: 2 },
};

/** The lines of errors over several probes. */
export const SPREAD_STYLES: Readonly<Record<'folds' | 'seeds', LineStyle>> = {
  folds: { colour: OCHRE, dash: [4, 2, 1, 2], marker: 'diamond', width: 1.5, barShift: 2.5 },
  seeds: { colour: GREY, dash: [8, 2], marker: 'diamond', width: 1.5, barShift: 2.5 },
};

/** The marks of steps: a rise beyond noise, which is rare, stands out. */
export const STEP_STYLES = {
  falls: { shape: 'triangle-down', colour: GREY, size: 1.5 },
  rises: { shape: 'triangle-up', colour: VERMILLION, size: 2 },
  'within noise': { shape: 'circle', colour: GREY, size: 0.3 },
} as const;

/** The line of the model's own result. */
export const MODEL_STYLE: LineStyle = { colour: PURPLE, dash: [10, 4], marker: null, width: 1.5 };

/** The line of what guessing gives. */
export const CHANCE_STYLE: LineStyle = { colour: GREY, dash: [1, 3], marker: null, width: 1.5 };

/** The style of the n-th of any number of lines: 12 differ in marker or dash, 60 in these or colour. */
export function nthStyle(index: number): LineStyle {
  return {
    colour: COLOURS[index % COLOURS.length]!,
    marker: MARKERS[index % MARKERS.length]!,
    dash: DASHES[Math.floor(index / MARKERS.length) % DASHES.length]!,
    width: 2,
  };
}

/**
 * From the first to the last of ordered lines: violet to ochre, ever lighter, with a contrast of 3 on white and on
 * near-black all the way. It reads in order to colour-blind people too, as the scale `plasma` does, of which it is the
 * middle.
 */
const SEQUENCE = ['#6A5ACD', '#B0559B', '#D55E00', '#C08A10'] as const;

/** The model's own result beside lines of a {@link sequentialStyle}, which has the purple of {@link MODEL_STYLE}. */
export const MODEL_IN_SEQUENCE_STYLE: LineStyle = { ...MODEL_STYLE, colour: GREEN };

/** More lines than these are drawn thin. */
const MANY_LINES = 24;

/** The style of the n-th of `count` lines that have an order: its colour says where it stands. */
export function sequentialStyle(index: number, count: number): LineStyle {
  const place = count < 2 ? 1 : index / (count - 1);
  return {
    colour: colourAt(place * (SEQUENCE.length - 1)),
    marker: MARKERS[index % MARKERS.length]!,
    dash: [],
    width: count > MANY_LINES ? 1 : 2,
  };
}

function colourAt(place: number): string {
  const stop = Math.min(Math.floor(place), SEQUENCE.length - 2);
  const [from, to] = [channelsOf(SEQUENCE[stop]!), channelsOf(SEQUENCE[stop + 1]!)];
  const channels = from.map((value, at) => Math.round(value + (place - stop) * (to[at]! - value)));
  return `#${channels.map((value) => value.toString(16).padStart(2, '0')).join('')}`.toUpperCase();
}

function channelsOf(colour: string): readonly number[] {
  return [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
}
