/** Patterns over the names of streams: `*` is one segment, `**` any number of them, also none; all else is itself. */

/** Characters of a pattern. */
const MAX_PATTERN_LENGTH = 1024

/** What is wrong with a pattern, as the end of "The pattern …"; `undefined` when it is sound. */
export function patternFault(pattern: string): string | undefined {
  if (pattern === '' || pattern.length > MAX_PATTERN_LENGTH) return `has 1 to ${MAX_PATTERN_LENGTH} characters.`
  const segments = pattern.split('/')
  if (segments.includes('')) return 'has no empty segments: write it without a slash at its ends, such as events/*.'
  if (segments.some((segment) => segment.includes('*') && segment !== '*' && segment !== '**')) {
    return 'uses * for a whole segment and ** for several, such as events/* or events/**; part of a segment cannot be left open.'
  }
  return undefined
}

/** Whether a stream of this name is meant. Goes back to the last `**` only, so that the work is at most the product of both lengths. */
export function matchesPattern(pattern: string, path: string): boolean {
  const wanted = pattern.split('/')
  const given = path.split('/')
  let at = 0
  let open = -1
  let resume = 0
  for (let index = 0; index < given.length; ) {
    const segment = wanted[at]
    if (segment === '**') {
      open = at++
      resume = index
    } else if (segment !== undefined && (segment === '*' || segment === given[index])) {
      at++
      index++
    } else if (open >= 0) {
      at = open + 1
      index = ++resume
    } else return false
  }
  while (wanted[at] === '**') at++
  return at === wanted.length
}
