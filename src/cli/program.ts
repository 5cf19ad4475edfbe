/** How the user calls this program, for hints to copy: in a project it is not on the PATH, but npx finds it. */
export const PROGRAM = /[\\/]node_modules[\\/]\.bin[\\/]/.test(process.argv[1] ?? "") ? "npx zmtp" : "zmtp"
