declare module "fourier-transform" {
  /** Magnitudes 2/N |X| of N real numbers (N a power of two), for the first N/2 frequencies; `output` holds them. */
  export default function rfft(input: Float64Array, output: Float64Array): Float64Array;
}
