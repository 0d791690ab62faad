/** The size of text in a plot, and about how wide a letter of it is. */
export const FONT_SIZE = 12;
export const LETTER_WIDTH = 6.8;

/** The size of its title. */
export const TITLE_SIZE = 15;

/** From one line of text to the next. */
export const KEY_GAP = FONT_SIZE + 4;
