// Builds the site of the documentation in site/html: the pages of GROUPS, the API reference, search, programs that run in the
// page, the Markdown of each page next to its HTML, llms.txt and llms-full.txt. Fails on a broken link, on a program that does
// not run in pages, and if search does not find common topics.
import { execFileSync } from "node:child_process"
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, posix } from "node:path"
import { fileURLToPath } from "node:url"
import { programsOf } from "../../test/support/snippets.js"
import { programs } from "../../docs/.vitepress/theme/programs.js"
import { readOptions } from "../options.mjs"
import { apiPages } from "./api.js"
import { checkLinks, checkOrder, checkSearch } from "./check.js"
import { checkLive, forPages, mayBeLive } from "./live.js"
import { exampleFiles, exampleSources, GROUPS, placeOf, relinked, sourceText, summaryOf, titleOf } from "./pages.js"

const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "")
const out = `${root}/site/html`
const staged = `${root}/site/pages`
const { "check-only": checkOnly } = readOptions("npm run docs -- [options]", {
  "check-only": { type: "boolean", description: "check the pages that were built before" },
})

/** Texts of the site by path, which are served beside the HTML. */
const texts = new Map() as Map<string, string>
/** Files of the repository that pages link to. */
const published = new Map() as Map<string, string>
const live = [] as { where: string; script: string; printed: string }[]

if (!checkOnly) {
  rmSync(`${root}/site`, { recursive: true, force: true })
  await stage()
  buildHtml()
  for (const [place, text] of texts) write(`${out}/${place}`, text)
  writeLists()
}
checkLinks(out)
checkOrder(out)
await checkSearch(out, root)

async function stage() {
  const sources = ["README.md", ...Object.values(GROUPS).flat()]
  for (const source of sources) {
    const markdown = readFileSync(`${root}/${source}`, "utf8")
    const place = placeOf(source) as string
    const text = relinked(root, source, markdown, publish)
    texts.set(place, text)
    // The landing page is a component; its Markdown version is the README.
    if (place !== "index.md") write(`${staged}/${place}`, await withLivePrograms(source, text))
  }
  for (const source of exampleSources(root)) {
    const place = placeOf(source)!
    const readme = relinked(root, source, readFileSync(`${root}/${source}`, "utf8"), publish)
    texts.set(place, `${readme}${exampleFiles(root, source)}`)
    write(`${staged}/${place}`, texts.get(place)!)
  }
  write(`${staged}/index.md`, "---\nlayout: page\nsidebar: false\ntitle: ZeroMQ for JavaScript\n---\n\n<Home />\n")
  const attempt = [
    "# Try it",
    "These programs run in your browser, in a worker of this page, over `inproc://`. Edit them, then run them: `import` anything that [`zmtp/browser`](./browser.md) has. Frames print as text here, as `Buffer`s do in Node.",
  ]
  write(`${staged}/try.md`, `${attempt.join("\n\n")}\n\n<ClientOnly><Playground /></ClientOnly>\n`)
  const examples = Object.entries(programs).map(([name, { code }]) => `## ${name}\n\n\`\`\`js\n${code}\`\`\``)
  texts.set("try.md", `${[...attempt, ...examples].join("\n\n")}\n`)
  for (const { path, markdown } of await apiPages(root)) {
    texts.set(path, markdown)
    write(`${staged}/${path}`, markdown)
  }
  write(`${staged}/sidebar.json`, JSON.stringify(sidebar()))
  copyFiles()
  for (const [name, { code, printed }] of Object.entries(programs))
    live.push({ where: name, script: await forPages(code, "js"), printed })
  await checkLive(`${root}/dist/browser/index.js`, live)
}

/** Makes a file or folder of the repository part of the site, and returns its place there. */
function publish(path: string): string {
  const image = /\.(svg|png)$/.test(path)
  const place = image ? posix.relative("docs", path) : path === "LICENSE" ? "license.txt" : `source/${path}.txt`
  if (!image) published.set(place, path)
  return place
}

/** Adds a button to each program that runs in a page. */
async function withLivePrograms(source: string, text: string) {
  if (!source.startsWith("docs/guide/")) return text
  let result = text
  for (const { code, language, printed, line, together } of programsOf(source, text)) {
    if (together || printed === "" || !mayBeLive(code)) continue
    const fence = `${code}\`\`\`\n`
    if (!result.includes(fence)) continue // a program of several fences
    const script = await forPages(code, language)
    live.push({ where: `${source}:${line}`, script, printed })
    result = result.replace(
      fence,
      () => `${fence}\n<LiveProgram code="${encodeURIComponent(script).replaceAll("'", "%27")}" />\n`,
    )
  }
  return result
}

function copyFiles() {
  const assets = `${staged}/public`
  mkdirSync(assets, { recursive: true })
  for (const name of readdirSync(`${root}/dist/browser`).filter((name) => name.endsWith(".js"))) {
    mkdirSync(`${assets}/zmtp`, { recursive: true })
    cpSync(`${root}/dist/browser/${name}`, `${assets}/zmtp/${name}`)
  }
  for (const name of readdirSync(`${root}/docs`, { recursive: true, encoding: "utf8" })) {
    if (!/\.(svg|png)$/.test(name)) continue
    const folder = name.startsWith(".vitepress") ? assets : staged
    const target = name.startsWith(".vitepress") ? posix.basename(name) : name
    mkdirSync(dirname(join(folder, target)), { recursive: true })
    cpSync(`${root}/docs/${name}`, join(folder, target))
  }
  for (const name of ["speed.svg", "dashboard-light.png", "dashboard-dark.png"])
    cpSync(`${root}/docs/${name}`, `${assets}/${name}`)
  for (const [place, path] of published) write(`${assets}/${place}`, sourceText(root, path))
}

function sidebar() {
  const groups = Object.entries(GROUPS).map(([text, sources]) => ({
    text,
    collapsed: text === "Project",
    items: sources.map((source) => {
      const place = placeOf(source) as string
      return { text: titleOf(texts.get(place) as string), link: `/${place.replace(/\.md$/, "")}` }
    }),
  }))
  const modules = new Map(
    [...texts.keys()]
      .filter((place) => /^api\/.+\/index\.md$/.test(place))
      .map((place) => [posix.dirname(place), [] as { text: string; link: string }[]]),
  )
  for (const place of texts.keys()) {
    if (!place.endsWith("/index.md"))
      modules
        .get(posix.dirname(place))
        ?.push({ text: posix.basename(place, ".md"), link: `/${place.replace(/\.md$/, "")}` })
  }
  const api = [...modules].map(([folder, items]) => ({
    text: folder.slice("api/".length),
    link: `/${folder}/`,
    collapsed: folder !== "api/zmtp",
    items,
  }))
  return {
    "/api/": [
      { text: "API reference", link: "/api/", items: api },
      { text: "Socket options", link: "/options" },
    ],
    "/": [...groups.slice(0, 3), { text: "API reference", link: "/api/" }, ...groups.slice(3)],
  }
}

function buildHtml(): void {
  execFileSync(process.execPath, [`${root}/node_modules/vitepress/bin/vitepress.js`, "build", `${root}/docs`], {
    stdio: "inherit",
  })
}

function writeLists() {
  const lines = [
    `# ${titleOf(texts.get("index.md") as string)}`,
    "",
    `> ${summaryOf(texts.get("index.md") as string)}`,
    "",
  ]
  const full = [texts.get("index.md") as string]
  for (const [group, sources] of Object.entries(GROUPS)) {
    lines.push(`## ${group}`, "")
    for (const source of sources) {
      const place = placeOf(source) as string
      const text = texts.get(place) as string
      lines.push(`- [${titleOf(text)}](${place}): ${summaryOf(text)}`)
      // The table of requirements is as long as everything else together.
      if (group !== "Project" && source !== "docs/conformance.md") full.push(text)
    }
    lines.push("")
  }
  lines.push("## Examples", "")
  for (const source of exampleSources(root)) {
    const text = texts.get(placeOf(source)!)!
    lines.push(`- [${titleOf(text)}](${placeOf(source)}): ${summaryOf(text)}`)
  }
  lines.push("", "## API reference", "")
  for (const [place, text] of texts) {
    if (!place.startsWith("api/")) continue
    lines.push(`- [${titleOf(text)}](${place}): ${summaryOf(text)}`)
    full.push(text)
  }
  write(`${out}/llms.txt`, `${lines.join("\n")}\n`)
  write(`${out}/llms-full.txt`, full.join("\n\n---\n\n"))
}

function write(file: string, text: string) {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
}
