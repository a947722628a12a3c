/** How providers say that they refuse what was described or shown, where no code of theirs says it. */

/** The words of safety checkers, and E005, Replicate's code for what was flagged. */
const REFUSED_CONTENT =
  /\bNSFW\b|\bE005\b|\bflagged\b|\bunsafe content\b|sensitive content|content polic|content moderation|prohibited content/i

/** Whether a provider's words blame the content. */
export const blamesContent = (words: string): boolean => REFUSED_CONTENT.test(words)
