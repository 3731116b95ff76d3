import own from "../viewers/audio/style.css?inline";
import { AudioViewer } from "../viewers/audio/view";
import playback from "../viewers/playback/style.css?inline";

export const css = playback + own;

export const parts = { "audio-file": AudioViewer };
