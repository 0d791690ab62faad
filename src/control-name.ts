/** The short name of the control of the main label set. */
export const RANDOM = 'random';

const FULL_NAME = /^random\((.*)\)$/s;

/** The full name of the control of a label set: `random(colour)`. */
export function controlName(labelSet: string): string {
  return `${RANDOM}(${labelSet})`;
}

/** The label set that a full name is the control of, `colour` of `random(colour)`; undefined for other names. */
export function controlledLabelSet(name: string): string | undefined {
  return FULL_NAME.exec(name)?.[1];
}

/** Whether a name means a control, so that no label set of the user's can have it. */
export function isControlName(name: string): boolean {
  return name === RANDOM || controlledLabelSet(name) !== undefined;
}
