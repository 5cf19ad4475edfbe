/** Checks the built site: every link must lead to a page, a file, or a heading, and search must find common topics. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { createRequire } from "node:module"
import { dirname, join, relative } from "node:path"
import { pathToFileURL } from "node:url"
import { INDEX, RANKING } from "./search.js"

/** The part of MiniSearch that is used. VitePress depends on it. */
interface MiniSearch {
  loadJSON(json: string, options: object): { search(query: string, options: object): { id: string }[] }
}

/** Common queries, and a page that must be among the first results of each. */
const QUERIES = [
  ["slow joiner", "/guide/patterns/pub-sub"],
  ["heartbeat", "/guide/"],
  ["trySend", "/api/zmtp/"],
  ["sendHighWaterMark", "/options"],
  ["curve", "/security"],
  ["migrate zeromq", "/guide/migration"],
]
const FIRST = 8

/** Fails if the site in this folder contains a broken link. */
export function checkLinks(site: string): void {
  const base = process.env["DOCS_BASE"] ?? "/"
  const pages = htmlOf(site)
  const anchors = new Map(pages.map((page) => [page, anchorsOf(readFileSync(page, "utf8"))]))
  const broken = []
  for (const page of pages) {
    const html = readFileSync(page, "utf8")
    for (const [, link = ""] of html.matchAll(/\s(?:href|src)="([^"]+)"/g)) {
      if (/^[a-z]+:|^\/\//.test(link)) continue
      const [path = "", anchor] = link.replaceAll("&amp;", "&").split("#")
      const target = targetOf(site, base, page, decodeURI(path.replace(/\?.*$/, "")))
      const found =
        existsSync(target) &&
        (anchor === undefined ||
          anchor === "" ||
          !target.endsWith(".html") ||
          anchors.get(target)?.has(decodeURIComponent(anchor)))
      if (!found) broken.push(`${relative(site, page)}: ${link}`)
    }
  }
  if (broken.length > 0) throw new Error(`Broken links:\n${[...new Set(broken)].join("\n")}`)
  console.log(`${pages.length} pages, no broken links`)
}

function targetOf(site: string, base: string, page: string, path: string) {
  const target =
    path === "" ? page : path.startsWith(base) ? join(site, path.slice(base.length)) : join(dirname(page), path)
  if (existsSync(target) && statSync(target).isDirectory()) return join(target, "index.html")
  return target
}

function anchorsOf(html: string) {
  return new Set([...html.matchAll(/\sid="([^"]+)"/g)].map(([, id = ""]) => id))
}

function htmlOf(site: string) {
  return readdirSync(site, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".html") && !name.startsWith("."))
    .map((name) => join(site, name))
}

/** Checks that the reference lists the most used members first. */
export function checkOrder(site: string): void {
  const html = readFileSync(join(site, "api/zmtp/Push.html"), "utf8")
  const send = html.indexOf('id="send"')
  const closed = html.indexOf("closed: boolean")
  if (send === -1 || closed === -1 || send > closed)
    throw new Error("The reference of Push does not list send before closed")
}

/**
 * Searches the index of the pages with the same library.
 */
export async function checkSearch(site: string, root: string): Promise<void> {
  const require = createRequire(createRequire(`${root}/package.json`).resolve("vitepress"))
  const { default: MiniSearch } = (await import(pathToFileURL(require.resolve("minisearch")).href)) as {
    default: MiniSearch
  }
  const chunks = join(site, "assets/chunks")
  const file = readdirSync(chunks).find((name) => name.startsWith("@localSearchIndexroot"))
  if (file === undefined) throw new Error("The site has no search index")
  const { default: json } = (await import(pathToFileURL(join(chunks, file)).href)) as { default: string }
  const index = MiniSearch.loadJSON(json, INDEX)
  for (const [query = "", page = ""] of QUERIES) {
    const results = index.search(query, RANKING)
    const first = results.slice(0, FIRST).map(({ id }) => id)
    if (!first.some((id) => id.includes(page)))
      throw new Error(`Search for "${query}" does not find ${page}:\n${first.join("\n")}`)
  }
  console.log(`search finds ${QUERIES.map(([query]) => `"${query}"`).join(", ")}`)
}
