import { svgElement } from './svg-element.js';

const SECONDS_PER_FRAME = 1.5;

/** What is shown in one frame of several: all but the last are hidden where nothing moves. `of` is how many there are. */
export function frameGroup(
  { index, of }: { readonly index: number; readonly of: number },
  marks: readonly string[],
): string {
  if (of === 1) return marks.join('');
  const hidden = index === of - 1 ? {} : { visibility: 'hidden' };
  return svgElement('g', { class: `frame-${index + 1}-of-${of}`, ...hidden }, marks);
}

/**
 * The style that shows so many frames one after the other, for ever, and stops while the picture is pointed at. Readers who
 * ask their machine for less motion see the last frame; so does whatever shows SVG without animation.
 */
export function framesStyle(frames: number): readonly string[] {
  if (frames < 2) return [];
  const seconds = frames * SECONDS_PER_FRAME;
  const rules = Array.from({ length: frames }, (_, index) => {
    const delay = index * SECONDS_PER_FRAME - seconds;
    return `.frame-${index + 1}-of-${frames}{animation:shown-of-${frames} ${seconds}s step-end ${delay}s infinite}`;
  });
  const keyframes = `@keyframes shown-of-${frames}{0%{visibility:visible}${numberOf(100 / frames)}%,100%{visibility:hidden}}`;
  const paused = `svg:hover [class$="-of-${frames}"]{animation-play-state:paused}`;
  const moving = `@media (prefers-reduced-motion:no-preference){${rules.join('')}${paused}}`;
  return [svgElement('style', {}, [keyframes, moving])];
}

function numberOf(value: number): string {
  return String(Number(value.toFixed(4)));
}
