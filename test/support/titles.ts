// Finds tests by their titles in the source text of test files.

/**
 * Whether `source` has a test whose title begins with `title`. If the title is a template, the values that it is filled
 * with have to be in `source` as well.
 */
export function hasTest(source: string, title: string): boolean {
  if (source.includes(`"${title}`) || source.includes(`'${title}`) || source.includes(`\`${title}`)) return true
  for (const [, template] of source.matchAll(/\bit\(\s*`([^`]*)`/g)) {
    const pattern = template!
      .split(/\$\{[^}]*\}/)
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("(.+)")
    const filled = new RegExp(`^${pattern}$`).exec(title)
    if (filled?.slice(1).every((value) => source.includes(value)) === true) return true
  }
  return false
}

/** Whether `source` has a test with this full title: the titles of its suites, and its own. */
export function hasFullTitle(source: string, title: string): boolean {
  return [...source.matchAll(/\bdescribe\("([^"]+)"/g)].some(([, suite]) => {
    if (!title.startsWith(`${suite!} `)) return false
    const rest = title.slice(suite!.length + 1)
    return hasTest(source, rest) || hasFullTitle(source, rest)
  })
}
