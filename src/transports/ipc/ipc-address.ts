import { endpointError, zmqError } from "../../core/errors.js"
import { encodeText } from "../../zmtp/bytes.js"

/** Longest path of a local socket, in bytes: `sun_path` less its end mark. Linux has four more than the BSDs. */
const LONGEST_PATH = { linux: 107, others: 103 }

/** Where Windows has its named pipes, which is what `node:net` has there for local sockets, and their longest path. */
const PIPES = "\\\\.\\pipe\\"
const LONGEST_PIPE = 256

/**
 * What `node:net` takes for an `ipc://` address: a path, a name in Linux' abstract namespace, a named pipe of Windows.
 * @throws ZmqError EINVAL, ENAMETOOLONG
 */
export function localPath(address: string, platform: string = process.platform): string {
  const endpoint = `ipc://${address}`
  if (address === "@") throw endpointError("EINVAL", endpoint, "missing name after @")
  if (platform === "win32") {
    const pipe = pipeOf(address)
    if (pipe === PIPES) throw endpointError("EINVAL", endpoint, "missing name of a pipe")
    if (pipe.length > LONGEST_PIPE) {
      throw endpointError("ENAMETOOLONG", endpoint, `the name of its pipe is longer than ${LONGEST_PIPE} characters`)
    }
    return pipe
  }
  const { length } = encodeText(address)
  const longest = longestPath(platform)
  if (length > longest) {
    throw endpointError("ENAMETOOLONG", endpoint, `its path has ${length} bytes, and the system allows ${longest}`)
  }
  if (!address.startsWith("@")) return address
  if (platform === "linux" || platform === "android") return `\0${address.slice(1)}`
  throw zmqError("EINVAL", { address: endpoint, message: "Abstract names are supported only on Linux" })
}

/** Most bytes of a path. */
export function longestPath(platform: string = process.platform): number {
  return platform === "linux" || platform === "android" ? LONGEST_PATH.linux : LONGEST_PATH.others
}

/** Whether the address is a file, which stays when its process is killed. Names go with the process. */
export function isFile(address: string, platform: string = process.platform): boolean {
  return platform !== "win32" && !address.startsWith("@")
}

/** Pipes have one flat folder of their own: a path is a name there, the same with both kinds of slashes. */
function pipeOf(address: string): string {
  const name = address.replaceAll("/", "\\")
  return /^\\\\[.?]\\pipe\\/i.test(name) ? name : PIPES + name.replace(/^\\+/, "")
}
