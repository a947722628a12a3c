/** What all drawings have in common: ground, ink, letters and lines of text. */

/** A page shows it on white or on black: it brings its own ground. */
export const [GROUND, INK] = ['#ffffff', '#1f2328']
export const FONT = '-apple-system, BlinkMacSystemFont, "Segoe UI", Helvetica, Arial, sans-serif'
export const MARGIN = 16

/** One line of text, its baseline at `y`. */
export function text(
  content: string,
  {
    x,
    y,
    size,
    weight = 400,
    opacity = 1,
  }: {
    readonly x: number
    readonly y: number
    readonly size: number
    readonly weight?: number
    readonly opacity?: number
  },
): string {
  const attributes = `x="${x}" y="${y}" font-size="${size}" font-weight="${weight}"`
  return `<text ${attributes} fill="${INK}" fill-opacity="${opacity}">${escaped(content)}</text>`
}

/** Text as XML has it. */
export const escaped = (content: string): string =>
  content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;')
