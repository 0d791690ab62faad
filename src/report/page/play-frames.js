// Part of report.html: pictures of several frames, such as the checkpoints of a training run, get a slider and a button that
// plays them. Put into the page as it stands (see page-script.ts); without it they play by themselves, as their style says.

const MS_PER_FRAME = 1500;

/** @param {Element} figure */
function framesOf(figure) {
  /** @type {SVGElement[][]} */
  const frames = [];
  for (const mark of figure.querySelectorAll('g[data-frame]')) {
    if (!(mark instanceof SVGElement)) continue;
    const at = Number(mark.dataset.frame);
    frames[at] = [...(frames[at] ?? []), mark];
  }
  return frames;
}

/** @param {string} text @param {() => void} onClick */
function buttonOf(text, onClick) {
  const button = document.createElement('button');
  button.type = 'button';
  button.textContent = text;
  button.addEventListener('click', onClick);
  return button;
}

/** @param {number} last */
function sliderOf(last) {
  const slider = document.createElement('input');
  slider.type = 'range';
  slider.min = '0';
  slider.max = String(last);
  slider.setAttribute('aria-label', 'frame');
  return slider;
}

/**
 * Shows one frame and hides the others; returns its label.
 *
 * @param {SVGElement[][]} frames @param {number} shown
 */
function showOnly(frames, shown) {
  frames.forEach((marks, at) => {
    for (const mark of marks) mark.style.visibility = at === shown ? 'visible' : 'hidden';
  });
  return frames[shown]?.find((mark) => mark.hasAttribute('data-label'))?.dataset.label ?? '';
}

/** @param {Element} figure */
function makePlayable(figure) {
  const frames = framesOf(figure);
  if (frames.length < 2) return;
  const slider = sliderOf(frames.length - 1);
  const label = document.createElement('output');
  // The slider says it to screen readers, which are not to be interrupted by every frame that plays.
  label.setAttribute('aria-live', 'off');
  /** @type {ReturnType<typeof setInterval> | undefined} */
  let timer;

  /** @param {number} shown */
  function show(shown) {
    slider.value = String(shown);
    label.textContent = showOnly(frames, shown);
    slider.setAttribute('aria-valuetext', label.textContent);
  }
  function pause() {
    clearInterval(timer);
    timer = undefined;
    button.textContent = 'Play';
  }
  function play() {
    timer = setInterval(() => show((Number(slider.value) + 1) % frames.length), MS_PER_FRAME);
    button.textContent = 'Pause';
  }

  const button = buttonOf('Play', () => (timer === undefined ? play() : pause()));
  slider.addEventListener('input', () => {
    pause();
    show(Number(slider.value));
  });
  const player = document.createElement('div');
  player.className = 'player';
  player.append(button, slider, label);
  figure.prepend(player);
  figure.classList.add('playable');
  show(frames.length - 1);
  if (!matchMedia('(prefers-reduced-motion: reduce)').matches) play();
}

for (const figure of document.querySelectorAll('figure')) makePlayable(figure);
