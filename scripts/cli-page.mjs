// @ts-check
// Writes the tables of docs/cli.md from the commands of the command line. Run it with `npm run docs:cli`.
import { writeFile } from "node:fs/promises"
import { cliPage } from "../test/support/cli-page.ts"

await writeFile(new URL("../docs/cli.md", import.meta.url), await cliPage())
