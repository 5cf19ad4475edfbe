// @ts-check
// Writes docs/options.md from the table of options. Run it with `npm run docs:options`.
import { writeFile } from "node:fs/promises"
import { optionsPage } from "../test/support/options-page.ts"

await writeFile(new URL("../docs/options.md", import.meta.url), await optionsPage())
