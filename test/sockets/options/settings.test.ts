import { expect } from "chai"
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import ts from "typescript"
import * as drafts from "../../../src/sockets/draft-sockets.js"
import * as main from "../../../src/index.js"
import { OPTION_NAMES } from "../../../src/sockets/options/settings.js"
import { compile, complaintsAbout, optionDocs } from "../../support/option-docs.js"

const root = fileURLToPath(new URL("../../../", import.meta.url))

/** All socket classes, and the entry points that export them. */
const CLASSES = [
  ...Object.entries({ ...main }).map(([name, value]) => ({ name, value: value, entry: "index" })),
  ...Object.entries({ ...drafts }).map(([name, value]) => ({ name, value: value, entry: "draft" })),
].flatMap(({ name, value, entry }) =>
  typeof value === "function" && value.prototype instanceof main.Socket
    ? [{ name, entry, prototype: value.prototype }]
    : [],
)

describe("the properties of sockets", () => {
  // A program that uses the package, and accesses every option of every class.
  const uses = CLASSES.flatMap(({ name, prototype }) =>
    OPTION_NAMES.filter((option) => option in prototype).map((option) => ({ name, option })),
  )
  const file = "user-program.ts"
  const program = [
    ...["index", "draft"].map((entry) => `import type * as ${entry} from "./dist/node/${entry}.mjs"`),
    ...CLASSES.map(({ name, entry }) => `declare const of${name}: ${entry}.${name}`),
    ...uses.map(({ name, option }) => `of${name}.${option}`),
  ].join("\n")
  let compiled: ReturnType<typeof compile>

  before(function () {
    this.timeout(120_000)
    compiled = compile([file], { [file]: program })
  })

  it("are declared for every class that has them", () => {
    expect(CLASSES).to.have.length(21)
    expect(complaintsAbout(compiled.program, file)).to.deep.equal([])
  }).timeout(60_000)

  it("are not declared for classes that do not have them", () => {
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

  it("show the documentation of their entry on hover, from the declarations of the package", () => {
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
  const cases = [
    { what: "transports", file: "src/transports/transport.ts", after: "readonly backlog: number" },
    { what: "connections", file: "src/core/connection/connection-owner.ts", after: "readonly tracePeers: boolean" },
    { what: "a pattern", file: "src/patterns/xpub.ts", after: "XpubOptions extends PubOptions {" },
  ].map((each, index) => ({ ...each, member: `noSuchOption${index}` }))
  let complaints: string

  before(function () {
    this.timeout(120_000)
    const replaced = cases.map(({ file, after, member }) => {
      const text = readFileSync(`${root}${file}`, "utf8")
      expect(text).to.include(after)
      return [file, text.replace(after, `${after}\n  readonly ${member}: number`)] as const
    })
    const { program } = compile(["src/index.ts"], Object.fromEntries(replaced))
    complaints = ["src/sockets/socket-core.ts", "src/sockets/standard-sockets.ts"]
      .flatMap((file) => complaintsAbout(program, file))
      .join("\n")
  })

  for (const { what, member } of cases) {
    it(`does not compile: an option of ${what}`, () => {
      expect(complaints).to.include(member)
    })
  }
})
