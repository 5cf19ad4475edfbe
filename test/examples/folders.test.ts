import { expect } from "chai"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("../../examples/", import.meta.url))
const read = (...path: string[]): string => readFileSync(join(root, ...path), "utf8")

describe("the examples", () => {
  const names = readdirSync(root, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))

  it("are all in the list, each once", () => {
    const listed = [...read("README.md").matchAll(/^\| \[([\w-]+)\]\(\1\) /gm)].map(([, name]) => name)
    expect(listed).to.have.members(names)
  })

  for (const name of names) {
    it(`can be copied as a folder: ${name}`, () => {
      const manifest = JSON.parse(read(name, "package.json")) as {
        private: boolean
        scripts: Record<string, string>
        dependencies: Record<string, string>
        devDependencies?: Record<string, string>
      }
      expect(manifest).to.include({ name: `zmtp-example-${name}`, private: true, type: "module" })
      const packages = Object.keys({ ...manifest.dependencies, ...manifest.devDependencies })
      for (const script of Object.values(manifest.scripts)) {
        for (const [file] of script.matchAll(/\S+\.(?:m?js|py)/g))
          expect(existsSync(join(root, name, file)), file).to.equal(true)
      }
      expect(read(name, "README.md")).to.match(/^# \S.*\n\n[^]*```sh\n[^]*npm install/)

      const programs = readdirSync(join(root, name), { recursive: true, encoding: "utf8" })
      expect(programs.filter((file) => file.endsWith(".ts"))).to.deep.equal([])
      for (const file of programs.filter((file) => /\.m?js$/.test(file) && !file.includes("node_modules"))) {
        for (const [, specifier] of read(name, file).matchAll(/(?:from|import)[ (]"([^"]+)"/g)) {
          if (specifier!.startsWith("node:")) continue
          if (specifier!.startsWith(".")) {
            // Imported files are inside the folder.
            const path = join(root, name, file, "..", specifier!)
            expect(path.startsWith(join(root, name, "/")) && existsSync(path), `${file}: ${specifier!}`).to.equal(true)
            continue
          }
          const [scope, rest] = specifier!.split("/")
          expect(packages, file).to.include(specifier!.startsWith("@") ? `${scope!}/${rest!}` : scope)
        }
      }
    })
  }
})
