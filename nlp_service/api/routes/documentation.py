"""The interactive page of the HTTP interface. All it loads comes from here: many contact centres have no internet."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.openapi.docs import get_swagger_ui_html
from starlette.responses import FileResponse

from nlp_service.errors import NotFoundError

_FILES: Final = files("fastapi_offline") / "static"
_ASSETS: Final[Mapping[str, str]] = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
}

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def page(request: Request) -> Response:
    """Swagger UI on the OpenAPI document."""
    root = request.scope.get("root_path", "")
    return get_swagger_ui_html(
        openapi_url=f"{root}/openapi.json",
        title="nlp-service",
        swagger_js_url=f"{root}/docs/swagger-ui-bundle.js",
        swagger_css_url=f"{root}/docs/swagger-ui.css",
        swagger_favicon_url=f"{root}/docs/favicon.png",
        swagger_ui_parameters={"validatorUrl": None},  # else it shows the document to a server elsewhere
    )


@router.get("/docs/{name}")
async def asset(_request: Request, name: str) -> Response:
    """What the page loads."""
    if name not in _ASSETS:
        raise NotFoundError("the page has no such part")
    return FileResponse(str(_FILES / name), media_type=_ASSETS[name])
