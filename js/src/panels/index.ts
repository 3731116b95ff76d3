import "./run/view";
import "./compare/view";
import "./project";
