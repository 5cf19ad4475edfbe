import { readFileSync } from "node:fs"
import { join } from "node:path"

/** Third-party software in the package, with its licenses, as Markdown. */
export function licenses(root) {
  const ws = JSON.parse(readFileSync(join(root, "node_modules/ws/package.json"), "utf8"))
  const bundled = [
    {
      name: `ws ${ws.version}`,
      license: ws.license,
      from: "https://github.com/websockets/ws",
      files: "`node/ws.cjs` and `node/io-thread-text.cjs`",
      text: join(root, "node_modules/ws/LICENSE"),
    },
    {
      name: "libsodium 1.0.22",
      license: "ISC",
      from: "https://libsodium.org",
      files: "`node/libsodium.cjs` and `workerd/libsodium.wasm`",
      text: join(root, "scripts/libsodium/LICENSE"),
    },
  ]
  const sections = bundled.map(
    ({ name, license, from, files, text }) =>
      `## ${name}\n\n${license}, <${from}>, in ${files}.\n\n\`\`\`text\n${readFileSync(text, "utf8").trim()}\n\`\`\`\n`,
  )
  return `# Third-party software\n\nThis package contains parts of the following software.\n\n${sections.join("\n")}`
}
