import { expect } from "chai"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import * as drafts from "../../../src/draft-sockets.js"
import * as main from "../../../src/index.js"
import { OPTION_NAMES } from "../../../src/sockets/options/settings.js"
import { compile, complaintsAbout, optionDocs } from "../../support/option-docs.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** Every class of sockets, and the entry that it comes from. */
const CLASSES = [
  ...Object.entries({ ...main }).map(([name, value]) => ({ name, value: value as unknown, entry: "index" })),
  ...Object.entries({ ...drafts }).map(([name, value]) => ({ name, value: value as unknown, entry: "draft" })),
].flatMap(({ name, value, entry }) =>
  typeof value === "function" && value.prototype instanceof main.Socket
    ? [{ name, entry, prototype: value.prototype as object }]
    : [],
)

describe("the properties of sockets", () => {
  // A program of somebody who uses the package: it names every option of every class.
  const uses = CLASSES.flatMap(({ name, prototype }) =>
    OPTION_NAMES.filter((option) => option in prototype).map((option) => ({ name, option })),
  )
  const file = "user-program.ts"
  const program = [
    ...["index", "draft"].map((entry) => `import type * as ${entry} from "./dist/esm/${entry}.js"`),
    ...CLASSES.map(({ name, entry }) => `declare const of${name}: ${entry}.${name}`),
    ...uses.map(({ name, option }) => `of${name}.${option}`),
  ].join("\n")
  let compiled: ReturnType<typeof compile>

  before(function () {
    this.timeout(120_000)
    compiled = compile([file], { [file]: program })
  })

  it("SHALL be declared for every class that has them", () => {
    expect(CLASSES).to.have.length(21)
    expect(complaintsAbout(compiled.program, file)).to.deep.equal([])
  }).timeout(60_000)

  it("SHALL be declared for no class that does not have them", () => {
    const checker = compiled.program.getTypeChecker()
    const source = compiled.program.getSourceFile(`${root}${file}`)!
    for (const { name, prototype } of CLASSES) {
      const symbol = checker
        .getSymbolsInScope(source, ts.SymbolFlags.Variable)
        .find((symbol) => symbol.name === `of${name}`)!
      const declared = checker.getPropertiesOfType(checker.getTypeOfSymbol(symbol)).map((property) => property.name)
      const options: readonly string[] = OPTION_NAMES
      expect(declared.filter((property) => options.includes(property))).to.have.members(
        OPTION_NAMES.filter((option) => option in prototype),
        name,
      )
    }
  }).timeout(60_000)

  it("SHALL show the documentation of their entry on hover, from the declarations of the package", () => {
    const docs = optionDocs()
    for (const { name, option } of uses) {
      const position = program.indexOf(`\nof${name}.${option}`) + `\nof${name}.`.length
      const info = compiled.service.getQuickInfoAtPosition(`${root}${file}`, position)
      const shown = ts.displayPartsToString(info?.documentation).replace(/\s+/g, " ")
      expect(shown, `${name}.${option}`).to.equal(docs.get(option)!.text).and.not.equal("")
    }
  }).timeout(120_000)
})

describe("a member that the table does not have", () => {
  const read = (path: string): string => readFileSync(`${root}${path}`, "utf8")

  for (const { what, changed, from, to, broken } of [
    {
      what: "of transports",
      changed: "src/transports/transport.ts",
      from: "readonly backlog: number",
      to: "readonly backlog: number\n  readonly noSuchOption: number",
      broken: "src/socket-core.ts",
    },
    {
      what: "of connections",
      changed: "src/core/connection.ts",
      from: "readonly tracePeers: boolean",
      to: "readonly tracePeers: boolean\n  readonly noSuchOption: number",
      broken: "src/socket-core.ts",
    },
    {
      what: "of a pattern",
      changed: "src/patterns/xpub.ts",
      from: "export interface XpubOptions extends PubOptions {",
      to: "export interface XpubOptions extends PubOptions {\n  readonly noSuchOption: number",
      broken: "src/sockets.ts",
    },
    {
      what: "of v5",
      changed: "src/v5/options.ts",
      from: '  "affinity",',
      to: '  "affinity",\n  "noSuchOption",',
      broken: "src/v5/options.ts",
    },
  ]) {
    it(`SHALL not compile: one ${what}`, () => {
      expect(read(changed)).to.include(from)
      const { program } = compile([broken], { [changed]: read(changed).replace(from, to) })
      expect(complaintsAbout(program, broken).join("\n")).to.include("noSuchOption")
    }).timeout(60_000)
  }
})
