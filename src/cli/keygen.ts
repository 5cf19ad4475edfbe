import { statSync } from "node:fs"
import { curveKeyPair } from "../index.js"
import { UsageError, type Command } from "./command.js"
import { writeKeys } from "./key-files.js"
import { PROGRAM } from "./program.js"

export const keygen: Command = {
  name: "keygen",
  section: "Tools",
  summary: "Generates a key pair for CURVE.",
  usage: "[--file PATH]",
  options: {
    file: {
      type: "file",
      value: "PATH",
      help: "write ZPL certificates: PATH with the public key, PATH_secret with both; neither may exist",
    },
    json: { type: "flag", help: "print JSON" },
  },
  examples: [
    {
      text: "Write the keys of a server and of a client",
      command: "zmtp keygen --file server\nzmtp keygen --file client",
    },
    { text: "Print a key pair", command: "zmtp keygen --json" },
  ],
  run(given) {
    if (given.positionals.length > 0) {
      throw new UsageError(
        `Unexpected argument '${given.positionals[0]!}'; did you mean --file ${given.positionals[0]!}?`,
      )
    }
    const keys = curveKeyPair()
    const file = given.text("file")
    if (file !== undefined) writeKeys(file, keys)
    const json =
      file === undefined ? keys : { publicKey: keys.publicKey, publicFile: file, secretFile: `${file}_secret` }
    if (given.flag("json")) process.stdout.write(`${JSON.stringify(json)}\n`)
    else if (file === undefined)
      process.stdout.write(`public-key = "${keys.publicKey}"\nsecret-key = "${keys.secretKey}"\n`)
    else process.stdout.write(confirmation(file, keys.publicKey))
    return Promise.resolve()
  },
}

function confirmation(file: string, publicKey: string): string {
  const secret = `${file}_secret`
  return `Public key:  ${file} (${accessOf(file)}): give it to your peers
             ${publicKey}
Secret key:  ${secret} (${accessOf(secret)}): keep it on this machine

Use it as a server, and give ${file} to the clients:
  ${PROGRAM} pull --bind tcp://*:5557 --curve-server --curve-secret ${secret}
Use it as a client of a server whose public key is in the file server:
  ${PROGRAM} push --connect tcp://HOST:5557 --curve-server-key server --curve-secret ${secret} hello
`
}

/** Describes which users can read a file. */
function accessOf(path: string): string {
  // Windows has access lists instead, which a new file inherits from its folder.
  if (process.platform === "win32") return "with the permissions of its folder"
  const mode = statSync(path).mode & 0o777
  return `mode 0${mode.toString(8)}, ${(mode & 0o044) === 0 ? "only you can read it" : "others can read it"}`
}
