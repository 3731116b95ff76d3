import "./run/view";
import "./compare/view";
