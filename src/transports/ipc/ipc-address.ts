import { endpointError, zmqError } from "../../core/errors.js"
import { encodeText } from "../../zmtp/bytes.js"

/** Maximum length of a local socket's path, in bytes: the size of `sun_path` without the terminating zero. */
const LONGEST_PATH = { linux: 107, others: 103 }

/** Prefix of Windows named pipes, which `node:net` uses as local sockets, and their maximum length. */
const PIPES = "\\\\.\\pipe\\"
const LONGEST_PIPE = 256

/**
 * Converts an `ipc://` address to the form that `node:net` expects: a path, a name in Linux's abstract namespace, or a
 * Windows named pipe.
 * @throws ZmqError EINVAL, ENAMETOOLONG
 */
export function localPath(address: string, platform: string = process.platform): string {
  const endpoint = `ipc://${address}`
  if (address === "@") throw endpointError("EINVAL", endpoint, "missing name after @")
  if (platform === "win32") {
    const pipe = pipeOf(address)
    if (pipe === PIPES) throw endpointError("EINVAL", endpoint, "missing name of a pipe")
    if (pipe.length > LONGEST_PIPE) {
      throw endpointError("ENAMETOOLONG", endpoint, `its pipe name exceeds the limit of ${LONGEST_PIPE} characters`)
    }
    return pipe
  }
  const { length } = encodeText(address)
  const longest = longestPath(platform)
  if (length > longest) {
    throw endpointError(
      "ENAMETOOLONG",
      endpoint,
      `its path of ${length} bytes exceeds the system's limit of ${longest}`,
    )
  }
  if (!address.startsWith("@")) return address
  if (platform === "linux" || platform === "android") return `\0${address.slice(1)}`
  throw zmqError("EINVAL", { address: endpoint, message: "Abstract names are supported only on Linux" })
}

/** Maximum length of a path, in bytes. */
export function longestPath(platform: string = process.platform): number {
  return platform === "linux" || platform === "android" ? LONGEST_PATH.linux : LONGEST_PATH.others
}

/** Whether the address is a file, which persists if the process is killed. Other names do not. */
export function isFile(address: string, platform: string = process.platform): boolean {
  return platform !== "win32" && !address.startsWith("@")
}

/** Converts a path to the name of a named pipe. Pipes have no directories; both kinds of slashes are equivalent. */
function pipeOf(address: string): string {
  const name = address.replaceAll("/", "\\")
  return /^\\\\[.?]\\pipe\\/i.test(name) ? name : PIPES + name.replace(/^\\+/, "")
}
