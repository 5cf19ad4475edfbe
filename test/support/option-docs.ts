import { fileURLToPath } from "node:url"
import ts from "typescript"

const root = fileURLToPath(new URL("../../", import.meta.url))

/** Shared by all programs, so that each file is parsed only once. */
const registry = ts.createDocumentRegistry()

/** The documentation and the type of an option in the table. */
export interface OptionDoc {
  /** The comment of the entry, on one line. */
  readonly text: string
  /** The type of the property. */
  readonly type: string
}

/** Compiles `files`, relative to the root, with the settings of the project. `replaced` overrides files on disk. */
export function compile(
  files: readonly string[],
  replaced: Readonly<Record<string, string>> = {},
): { program: ts.Program; service: ts.LanguageService } {
  const { config } = ts.readConfigFile(`${root}tsconfig.json`, (file) => ts.sys.readFile(file)) as { config: object }
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, root)
  const texts = new Map(Object.entries(replaced).map(([file, text]) => [`${root}${file}`, text]))
  const service = ts.createLanguageService(
    {
      getCompilationSettings: () => options,
      getCurrentDirectory: () => root,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      getScriptFileNames: () => files.map((file) => `${root}${file}`),
      getScriptVersion: (file) => texts.get(file) ?? "on disk",
      getScriptSnapshot: (file) => {
        const text = texts.get(file) ?? ts.sys.readFile(file)
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text)
      },
      fileExists: (file) => texts.has(file) || ts.sys.fileExists(file),
      readFile: (file) => texts.get(file) ?? ts.sys.readFile(file),
      directoryExists: (path) => ts.sys.directoryExists(path),
    },
    registry,
  )
  return { program: service.getProgram()!, service }
}

/** The compiler errors in `file`, one line each. */
export function complaintsAbout(program: ts.Program, file: string): string[] {
  return program
    .getSemanticDiagnostics(program.getSourceFile(`${root}${file}`))
    .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, "\n"))
}

let known: ReadonlyMap<string, OptionDoc> | undefined

/** The comments and types of all options of the table. */
export function optionDocs(): ReadonlyMap<string, OptionDoc> {
  return (known ??= readDocs())
}

function readDocs(): ReadonlyMap<string, OptionDoc> {
  const file = "src/sockets/options/settings.ts"
  const { program } = compile([file])
  const checker = program.getTypeChecker()
  const source = program.getSourceFile(`${root}${file}`)!
  const values = checker
    .getExportsOfModule(checker.getSymbolAtLocation(source)!)
    .find(({ name }) => name === "OptionValues")!
  const properties = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(values))
  return new Map(
    properties.map((property) => {
      const text = ts.displayPartsToString(property.getDocumentationComment(checker)).replace(/\s+/g, " ")
      return [property.name, { text, type: checker.typeToString(checker.getTypeOfSymbol(property)) }]
    }),
  )
}
