// Seeds: drawn here, or as the reader writes them.

const MOST = 2 ** 32;

export const drawSeed = () => String(Math.floor(Math.random() * MOST));

/** A number where it is one; what else was written goes to the service, which says what is wrong with it. */
export const seedOf = (text) => (/^\d+$/.test(text) ? Number(text) : text);
