// @ts-check
// Runs the tests in every runtime, each fetched from npm, and prints a table: a row for a runtime, a column for a suite.
//   --only bun,deno    these alone; a name of RUNTIMES or any version of theirs: node@20.19.0
//   --suite transports,interop
import { spawn } from "node:child_process"
import { once } from "node:events"
import { globSync } from "node:fs"
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
