/** The type of a saved record, as in `kimi_jupyter/view/record.py`. */
export const MIME = 'application/vnd.kimi-jupyter.turn+json';
