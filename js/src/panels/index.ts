import "./run/view";
