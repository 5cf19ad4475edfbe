import { expect } from "chai"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { dirname, join, relative } from "node:path"

const root = new URL("../", import.meta.url).pathname
const design = readFileSync(join(root, "docs/design.md"), "utf8")

/** Folders of `src/` that are programs over its entry points. */
const PROGRAMS = ["v5", "cli", "testing"]

/** Rows of the table under `heading` of docs/design.md, without its head. */
function rowsOf(heading: string): string[][] {
  const section = design.slice(design.indexOf(`\n## ${heading}\n`))
  const table = /^\|.*(?:\n\|.*)+/m.exec(section)![0]
  return table
    .split("\n")
    .slice(2)
    .map((row) =>
      row
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim().replaceAll("`", "")),
    )
}

const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" }).filter((file) =>
  file.endsWith(".ts"),
)

/** The folder of `src/` that `file` is in; empty for the root. */
const folderOf = (file: string): string => (file.includes("/") ? file.slice(0, file.indexOf("/")) : "")

/** Every import between folders, type imports included, as `[from, to]`. */
const imports = sources.flatMap((file) =>
  [...readFileSync(join(root, "src", file), "utf8").matchAll(/(?:from|import) ?\(?"(\.[^"]+)"/g)].map(([, path]) => {
    const target = relative(join(root, "src"), join(root, "src", dirname(file), path!))
    return [folderOf(file), target.startsWith("..") ? undefined : folderOf(target)] as const
  }),
)

describe("the layout of the sources", () => {
  const folders = new Map(rowsOf("Layout").map(([folder, , below]) => [folder!, below!.split(", ")]))

  it("SHALL have the folders that docs/design.md describes, and no others", () => {
    const found = new Set(sources.map(folderOf).filter((folder) => folder !== "" && !PROGRAMS.includes(folder)))
    expect([...found]).to.have.members([...folders.keys()])
  })

  for (const [folder, below] of folders) {
    it(`SHALL let ${folder} import ${below.join(", ")}`, () => {
      const targets = new Set(imports.filter(([from, to]) => from === folder && to !== undefined).map(([, to]) => to!))
      targets.delete(folder)
      expect([...below, "nothing"]).to.include.members([...targets])
    })
  }

  it("SHALL have no cycle between folders", () => {
    const order = [...folders.keys()]
    for (const [folder, below] of folders) {
      for (const other of below.filter((name) => name !== "nothing")) {
        expect(order.indexOf(other), `${folder} imports ${other}`).to.be.lessThan(order.indexOf(folder))
      }
    }
  })

  it("SHALL have entry points alone in the root", () => {
    expect(sources.filter((file) => !file.includes("/"))).to.have.members([
      "browser.ts",
      "cli.ts",
      "draft.ts",
      "index.ts",
      "msgpack.ts",
      "protocol.ts",
      "testing.ts",
      "transport.ts",
      "v5-compat.ts",
    ])
  })

  it("SHALL have every part in the file that docs/design.md names, under its name", () => {
    for (const [part, file] of rowsOf("The parts")) {
      const path = join(root, "src", `${file!}.ts`)
      expect(existsSync(path), file).to.equal(true)
      const declared = new RegExp(`export (abstract )?(class|interface|const) ${part!}\\b`)
      expect(declared.test(readFileSync(path, "utf8")), `${part!} in ${file!}`).to.equal(true)
    }
  })
})
