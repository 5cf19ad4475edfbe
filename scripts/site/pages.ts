/**
 * The pages of the site: the source of each, and its heading in the navigation. The sources must also be readable on GitHub and
 * npm, so they have no front matter and no components; this file adds what only the site needs.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { join, posix } from "node:path"

/** Sources by group, in the order of the navigation. */
export const GROUPS = {
  Guide: [
    "docs/guide/getting-started.md",
    "docs/guide/transports.md",
    "docs/guide/reliability-patterns.md",
    "docs/guide/web-applications.md",
    "docs/guide/multicast.md",
    "docs/guide/io-threads.md",
    "docs/guide/bring-your-own-transport.md",
    "docs/guide/migration.md",
    "docs/guide/faq.md",
  ],
  Patterns: [
    "docs/guide/patterns/push-pull.md",
    "docs/guide/patterns/pub-sub.md",
    "docs/guide/patterns/req-rep.md",
    "docs/guide/patterns/dealer-router.md",
    "docs/guide/patterns/pair.md",
    "docs/guide/patterns/brokers.md",
    "docs/guide/patterns/stream.md",
    "docs/guide/patterns/drafts.md",
  ],
  Tools: [
    "docs/typed-messages.md",
    "docs/cli.md",
    "docs/observability.md",
    "docs/testing.md",
    "docs/browser.md",
    "docs/runtimes.md",
    "examples/README.md",
  ],
  Reference: [
    "docs/options.md",
    "docs/security.md",
    "docs/reliability.md",
    "docs/semantics.md",
    "docs/compatibility.md",
    "docs/conformance.md",
    "docs/versions.md",
    "docs/comparison.md",
    "docs/figures.md",
  ],
  "How it works": [
    "docs/design.md",
    "docs/performance.md",
    "docs/protocol.md",
    "src/zmtp/README.md",
    "bench/README.md",
  ],
  Project: ["CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md", "test/README.md"],
}

/** Pages that are not below `docs`, by their place on the site. The others keep their path. */
const PLACES = {
  "README.md": "index.md",
  examples: "examples.md",
  "examples/README.md": "examples.md",
  "src/zmtp/README.md": "engine.md",
  "bench/README.md": "benchmarks.md",
  "test/README.md": "tests.md",
  "CHANGELOG.md": "changelog.md",
  "CONTRIBUTING.md": "contributing.md",
  "SECURITY.md": "security-policy.md",
  "RELEASING.md": "releasing.md",
}

/** The place of a source on the site, if it is a page. */
export function placeOf(source: string): string | undefined {
  if (source in PLACES) return PLACES[source as keyof typeof PLACES]
  const example = /^examples\/([\w-]+)(?:\/README\.md)?$/.exec(source)?.[1]
  if (example !== undefined) return `examples/${example}.md`
  return source.startsWith("docs/") && source.endsWith(".md") ? source.slice("docs/".length) : undefined
}

/** The first heading of a page. */
export function titleOf(markdown: string): string {
  return (/^# (.+)$/m.exec(markdown)?.[1] ?? "").replaceAll("`", "")
}

/** The first paragraph of a page, as plain text on one line. */
export function summaryOf(markdown: string): string {
  const paragraph = markdown
    .replace(/^```.*?^```$/gms, "")
    .split(/\n\s*\n/)
    .find((part) => /^[\w*`"]/.test(part.trim()))
  return (paragraph ?? "")
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, "$1")
    .replace(/[*]{2}/g, "")
    .replaceAll("\n", " ")
    .trim()
}

/**
 * Text with every link pointing to a page of the site or to a copy of the file.
 * `publish` makes a file or folder of the repository part of the site, and returns its place.
 */
export function relinked(root: string, source: string, markdown: string, publish: (file: string) => string): string {
  const place = placeOf(source) ?? source
  const move = (link: string) => {
    if (/^([a-z]+:|#)/.test(link)) return link
    const [path = "", anchor] = link.split("#")
    const target = posix.join(posix.dirname(source), decodeURIComponent(path)).replace(/\/$/, "")
    if (!existsSync(join(root, target))) throw new Error(`${source}: ${link} does not exist`)
    const moved = placeOf(target) ?? publish(target)
    const relative = posix.relative(posix.dirname(place), moved)
    return `${relative.startsWith(".") ? relative : `./${relative}`}${anchor === undefined ? "" : `#${anchor}`}`
  }
  return outsideCode(markdown, (text) =>
    text
      .replace(
        /(\]\()([^)\s]+)(\))/g,
        (_all, open: string, link: string, close: string) => `${open}${move(link)}${close}`,
      )
      .replace(/^(\[[^\]]+\]: )(\S+)/gm, (_all, open: string, link: string) => `${open}${move(link)}`),
  )
}

function outsideCode(markdown: string, change: (text: string) => string) {
  return markdown
    .split(/(^```.*?^```$|`[^`\n]+`)/gms)
    .map((part, index) => (index % 2 === 1 ? part : change(part)))
    .join("")
}

/** The READMEs of the examples, each of which is a page with the files of its folder. */
export function exampleSources(root: string): string[] {
  return readdirSync(join(root, "examples"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `examples/${name}/README.md`)
    .filter((source) => existsSync(join(root, source)))
}

/** The other files of an example, as blocks of code. */
export function exampleFiles(root: string, source: string): string {
  const folder = posix.dirname(source)
  const blocks = filesOf(root, folder)
    .filter((name) => name !== source)
    .map((name) => {
      const text = readFileSync(join(root, name), "utf8").trimEnd()
      const language = LANGUAGES[posix.extname(name)] ?? "text"
      return `### ${posix.relative(folder, name)}\n\n\`\`\`\`${language}\n${text}\n\`\`\`\``
    })
  return `\n## Files\n\n${blocks.join("\n\n")}\n`
}

const LANGUAGES: Readonly<Record<string, string>> = {
  ".js": "js",
  ".mjs": "js",
  ".ts": "ts",
  ".json": "json",
  ".html": "html",
  ".py": "python",
  ".css": "css",
  ".md": "md",
}

function filesOf(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((name) => posix.join(folder, name.replaceAll("\\", "/")))
    .filter((name) => !/node_modules|package-lock|\/\.|\.(png|wasm|svg|ico)$/.test(name))
    .filter((name) => statSync(join(root, name)).isFile())
    .sort()
}

/** The text of a file, or of all files of a folder one after the other. */
export function sourceText(root: string, path: string): string {
  if (statSync(join(root, path)).isFile()) return readFileSync(join(root, path), "utf8")
  return filesOf(root, path)
    .map((name) => `===== ${name} =====\n\n${readFileSync(join(root, name), "utf8")}`)
    .join("\n\n")
}
