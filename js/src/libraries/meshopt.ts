// The decoder of meshopt's compression: WebAssembly that is inside of the script, so nothing is fetched.

export { MeshoptDecoder } from "meshoptimizer/decoder";
