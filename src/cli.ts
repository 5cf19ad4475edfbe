#!/usr/bin/env node
import { useCompileCache } from "./cli/compile-cache.js"

useCompileCache()
void import("./cli/main.js")
  .then(({ main }) => main(process.argv.slice(2)))
  .then((code) => {
    process.exitCode = code
  })
