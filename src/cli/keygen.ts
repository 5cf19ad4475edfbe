import { curveKeyPair } from "../index.js"
import { UsageError, type Command } from "./command.js"
import { writeKeys } from "./key-files.js"

export const keygen: Command = {
  name: "keygen",
  summary: "Makes a pair of keys for CURVE.",
  usage: "[--file PATH]",
  options: {
    file: {
      type: "string",
      value: "PATH",
      help: "write ZPL certificates: PATH for peers, PATH_secret for us alone; neither may be there yet",
    },
    json: { type: "boolean", help: "print the keys as JSON" },
  },
  run(given) {
    if (given.positionals.length > 0) throw new UsageError("keygen takes no arguments, only options")
    const keys = curveKeyPair()
    const file = given.text("file")
    if (file !== undefined) writeKeys(file, keys)
    else if (given.flag("json")) process.stdout.write(`${JSON.stringify(keys)}\n`)
    else process.stdout.write(`public-key = "${keys.publicKey}"\nsecret-key = "${keys.secretKey}"\n`)
    return Promise.resolve()
  },
}
