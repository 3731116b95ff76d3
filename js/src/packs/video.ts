import playback from "../viewers/playback/style.css?inline";
import own from "../viewers/video/style.css?inline";
import { VideoViewer } from "../viewers/video/view";

export const css = playback + own;

export const parts = { "video-file": VideoViewer };
