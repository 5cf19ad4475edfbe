import { expect } from "chai"
import { transform } from "esbuild"
import { execFile } from "node:child_process"
import { readFile } from "node:fs/promises"
import { promisify } from "node:util"

const root = new URL("../", import.meta.url)
const run = promisify(execFile)

interface Snippet {
  readonly code: string
  /** What its comments say that it prints. */
  readonly printed: string
}

/** Every program of `markdown`, by its number. */
function snippetsOf(markdown: string): Snippet[] {
  return [...markdown.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => ({
    code: code!,
    printed: [...code!.matchAll(/^\/\/ prints: (.*)$/gm)].map(([, line]) => `${line!}\n`).join(""),
  }))
}

async function runProgram(code: string): Promise<string> {
  const program = await transform(code, { loader: "ts" })
  const { stdout } = await run(process.execPath, ["--input-type=module", "--eval", program.code], { cwd: root })
  return stdout
}

describe("the README", () => {
  it("SHALL have a program for each pattern that runs as printed, and ends by itself", async () => {
    const snippets = snippetsOf(await readFile(new URL("README.md", root), "utf8"))
    const outputs = await Promise.all(snippets.map(({ code }) => runProgram(code)))
    expect(outputs).to.deep.equal(snippets.map(({ printed }) => printed))
    expect(snippets).to.have.length(7)
  }).timeout(60_000)

  it("SHALL link only to what is there", async () => {
    const markdown = await readFile(new URL("README.md", root), "utf8")
    const links = [...markdown.matchAll(/\]\((?!https?:|#)([^)#]+)\)/g)].map(([, path]) => path!)
    expect(links).to.not.be.empty
    for (const path of links) await readFile(new URL(path, root))
  })
})
