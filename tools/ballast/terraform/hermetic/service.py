"""The plugin protocol over gRPC, versions 6 and 5: messages in and out of provider.py.

A core opens one connection for each provider instance (each alias, each run), so a provider configuration is remembered by the
connection's peer address: one server serves several runs and aliases at once without mixing them up.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

import grpc

from ballast.terraform.hermetic import protocol_pb2 as pb
from ballast.terraform.hermetic.functions import FUNCTIONS, Refused
from ballast.terraform.hermetic.planning import Path
from ballast.terraform.hermetic.provider import Kind, Outcome, Provider
from ballast.terraform.hermetic.schema import schema_message
from ballast.terraform.hermetic.validation import Diagnostic
from ballast.terraform.hermetic.values import decode, encode

# What protocol 5 calls the methods of protocol 6.
PROTOCOL_5 = {
    "GetProviderSchema": "GetSchema",
    "ValidateProviderConfig": "PrepareProviderConfig",
    "ValidateResourceConfig": "ValidateResourceTypeConfig",
    "ValidateDataResourceConfig": "ValidateDataSourceConfig",
    "ConfigureProvider": "Configure",
    "StopProvider": "Stop",
}
CONNECTIONS = 512
"""How many connections' configurations are remembered; a core that comes back configures again."""


class Service:
    """The handlers of one provider. `protocol` is 6 or 5."""

    def __init__(self, provider: Provider, protocol: int, on_shutdown: Callable[[], None] | None = None) -> None:
        self.provider, self.protocol, self.on_shutdown = provider, protocol, on_shutdown
        self._facts: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._lock = Lock()
        self._schema: bytes = b""

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """What to add to a gRPC server."""
        methods: dict[str, tuple[Any, Callable[[Any, grpc.ServicerContext], Any]]] = {
            "GetMetadata": (pb.Empty, self._metadata),
            "GetProviderSchema": (pb.Empty, self._schemas),
            "ValidateProviderConfig": (pb.ValidateProvider.Request, self._validate_provider),
            "ValidateResourceConfig": (pb.Validate.Request, self._validator("resources")),
            "ValidateDataResourceConfig": (pb.Validate.Request, self._validator("data_sources")),
            "ValidateEphemeralResourceConfig": (pb.Validate.Request, self._validator("ephemeral")),
            "UpgradeResourceState": (pb.UpgradeResourceState.Request, self._upgrade),
            "ConfigureProvider": (pb.Configure.Request, self._configure),
            "ReadResource": (pb.ReadResource.Request, self._read),
            "PlanResourceChange": (pb.PlanResourceChange.Request, self._plan),
            "ApplyResourceChange": (pb.ApplyResourceChange.Request, self._apply),
            "ImportResourceState": (pb.ImportResourceState.Request, self._import),
            "MoveResourceState": (pb.MoveResourceState.Request, self._move),
            "ReadDataSource": (pb.ReadDataSource.Request, self._read_data),
            "OpenEphemeralResource": (pb.OpenEphemeralResource.Request, self._open),
            "CloseEphemeralResource": (pb.CloseEphemeralResource.Request, self._close),
            "GetFunctions": (pb.Empty, self._functions),
            "CallFunction": (pb.CallFunction.Request, self._call),
            "StopProvider": (pb.Empty, self._stop),
        }
        names = PROTOCOL_5 if self.protocol == 5 else {}
        provider = grpc.method_handlers_generic_handler(
            f"tfplugin{self.protocol}.Provider",
            {names.get(name, name): _unary(request, handler) for name, (request, handler) in methods.items()},
        )
        controller = grpc.method_handlers_generic_handler(
            "plugin.GRPCController", {"Shutdown": _unary(pb.Empty, self._shutdown)}
        )
        return [provider, controller]

    def _capabilities(self) -> pb.ServerCapabilities:
        return pb.ServerCapabilities(get_provider_schema_optional=True, move_resource_state=True)

    def _metadata(self, _request: Any, _context: grpc.ServicerContext) -> pb.GetMetadata.Response:
        snapshot = self.provider.snapshot
        return pb.GetMetadata.Response(
            server_capabilities=self._capabilities(),
            resources=[pb.TypeName(type_name=name) for name in snapshot.raw.get("resource_schemas", {})],
            data_sources=[pb.TypeName(type_name=name) for name in snapshot.raw.get("data_source_schemas", {})],
            ephemeral_resources=[pb.TypeName(type_name=name) for name in snapshot.raw.get("ephemeral_resource_schemas", {})],
            functions=[pb.FunctionName(name=name) for name in self._offered()],
        )

    def _schemas(self, _request: Any, _context: grpc.ServicerContext) -> bytes:
        with self._lock:
            if not self._schema:
                self._schema = self._encoded_schema()
            return self._schema

    def _encoded_schema(self) -> bytes:
        def messages(kind: Kind) -> dict[str, pb.Schema]:
            return {name: schema_message(schema, self.protocol) for name, schema in self.provider.schemas(kind).items()}

        response = pb.GetProviderSchema.Response(
            provider=schema_message(self.provider.snapshot.provider, self.protocol),
            resource_schemas=messages("resources"),
            data_source_schemas=messages("data_sources"),
            ephemeral_resource_schemas=messages("ephemeral"),
            functions={name: function.message() for name, function in self._offered().items()},
            server_capabilities=self._capabilities(),
        )
        data: bytes = response.SerializeToString()
        return data

    def _offered(self) -> dict[str, Any]:
        return FUNCTIONS.get(self.provider.snapshot.source, {})

    def _validate_provider(self, request: Any, _context: grpc.ServicerContext) -> pb.ValidateProvider.Response:
        return pb.ValidateProvider.Response(prepared_config=request.config if self.protocol == 5 else None)

    def _validator(self, kind: Kind) -> Callable[[Any, grpc.ServicerContext], pb.Validate.Response]:
        def handle(request: Any, _context: grpc.ServicerContext) -> pb.Validate.Response:
            found = self.provider.validate(kind, request.type_name, decode(request.config.msgpack))
            return pb.Validate.Response(diagnostics=_diagnostics(found))

        return handle

    def _upgrade(self, request: Any, _context: grpc.ServicerContext) -> pb.UpgradeResourceState.Response:
        return pb.UpgradeResourceState.Response(
            upgraded_state=_value(self.provider.upgrade(request.type_name, request.raw_state.json))
        )

    def _configure(self, request: Any, context: grpc.ServicerContext) -> pb.Configure.Response:
        config = decode(request.config.msgpack) or {}
        found = self.provider.configure(config)
        if all(d.warning for d in found):
            with self._lock:
                self._facts[context.peer()] = self.provider.facts(config)
                while len(self._facts) > CONNECTIONS:
                    self._facts.popitem(last=False)
        return pb.Configure.Response(diagnostics=_diagnostics(found))

    def _configured(self, context: grpc.ServicerContext) -> dict[str, Any]:
        with self._lock:
            facts = self._facts.get(context.peer())
        return facts if facts is not None else self.provider.facts({})

    def _read(self, request: Any, _context: grpc.ServicerContext) -> pb.ReadResource.Response:
        out = self.provider.read(request.type_name, decode(request.current_state.msgpack), request.private)
        return pb.ReadResource.Response(
            new_state=_value(out.value), private=out.private, diagnostics=_diagnostics(out.diagnostics)
        )

    def _plan(self, request: Any, context: grpc.ServicerContext) -> pb.PlanResourceChange.Response:
        out = self.provider.plan(
            request.type_name,
            decode(request.prior_state.msgpack),
            decode(request.proposed_new_state.msgpack),
            decode(request.config.msgpack),
            request.prior_private,
            self._configured(context),
        )
        return pb.PlanResourceChange.Response(
            planned_state=_value(out.value),
            planned_private=out.private,
            requires_replace=[_attribute_path(path) for path in out.replace],
            diagnostics=_diagnostics(out.diagnostics),
            legacy_type_system=True,
        )

    def _apply(self, request: Any, context: grpc.ServicerContext) -> pb.ApplyResourceChange.Response:
        out = self.provider.apply(
            request.type_name,
            decode(request.prior_state.msgpack),
            decode(request.planned_state.msgpack),
            request.planned_private,
            self._configured(context),
        )
        return pb.ApplyResourceChange.Response(
            new_state=_value(out.value), private=out.private, diagnostics=_diagnostics(out.diagnostics), legacy_type_system=True
        )

    def _import(self, request: Any, context: grpc.ServicerContext) -> pb.ImportResourceState.Response:
        out = self.provider.import_(request.type_name, request.id, self._configured(context))
        imported = [
            pb.ImportResourceState.ImportedResource(type_name=request.type_name, state=_value(out.value), private=out.private)
        ]
        return pb.ImportResourceState.Response(
            imported_resources=imported if out.value is not None else [], diagnostics=_diagnostics(out.diagnostics)
        )

    def _move(self, request: Any, _context: grpc.ServicerContext) -> pb.MoveResourceState.Response:
        same = request.source_type_name == request.target_type_name
        if not same:
            refused = Diagnostic(
                "Move between types", f"{request.source_type_name} cannot become {request.target_type_name} here."
            )
            return pb.MoveResourceState.Response(diagnostics=_diagnostics([refused]))
        state = self.provider.upgrade(request.target_type_name, request.source_state.json)
        return pb.MoveResourceState.Response(target_state=_value(state), target_private=request.source_private)

    def _read_data(self, request: Any, context: grpc.ServicerContext) -> pb.ReadDataSource.Response:
        out = self.provider.read_data(request.type_name, decode(request.config.msgpack), self._configured(context))
        return pb.ReadDataSource.Response(state=_value(out.value), diagnostics=_diagnostics(out.diagnostics))

    def _open(self, request: Any, context: grpc.ServicerContext) -> pb.OpenEphemeralResource.Response:
        out: Outcome = self.provider.open(request.type_name, decode(request.config.msgpack), self._configured(context))
        return pb.OpenEphemeralResource.Response(result=_value(out.value), diagnostics=_diagnostics(out.diagnostics))

    def _close(self, _request: Any, _context: grpc.ServicerContext) -> pb.CloseEphemeralResource.Response:
        return pb.CloseEphemeralResource.Response()

    def _functions(self, _request: Any, _context: grpc.ServicerContext) -> pb.GetFunctions.Response:
        return pb.GetFunctions.Response(functions={name: function.message() for name, function in self._offered().items()})

    def _call(self, request: Any, _context: grpc.ServicerContext) -> pb.CallFunction.Response:
        try:
            arguments = [decode(argument.msgpack) for argument in request.arguments]
            result = self._offered()[request.name].call(*arguments)
        except Refused as error:
            return pb.CallFunction.Response(error=pb.FunctionError(text=str(error)))
        return pb.CallFunction.Response(result=_value(result))

    def _stop(self, _request: Any, _context: grpc.ServicerContext) -> pb.StopProvider.Response:
        self.provider.stopped.set()
        return pb.StopProvider.Response()

    def _shutdown(self, _request: Any, _context: grpc.ServicerContext) -> pb.Empty:
        if self.on_shutdown is not None:
            self.on_shutdown()
        return pb.Empty()


def _unary(request: Any, handler: Callable[[Any, grpc.ServicerContext], Any]) -> grpc.RpcMethodHandler[Any, Any]:
    return grpc.unary_unary_rpc_method_handler(
        handler,
        request_deserializer=request.FromString,
        response_serializer=lambda message: message if isinstance(message, bytes) else message.SerializeToString(),
    )


def _value(value: Any) -> pb.DynamicValue:
    return pb.DynamicValue(msgpack=encode(value))


def _diagnostics(found: Iterable[Diagnostic]) -> list[pb.Diagnostic]:
    return [
        pb.Diagnostic(
            severity=pb.Diagnostic.WARNING if d.warning else pb.Diagnostic.ERROR,
            summary=d.summary,
            detail=d.detail,
            attribute=_attribute_path(d.path) if d.path else None,
        )
        for d in found
    ]


def _attribute_path(path: Path) -> pb.AttributePath:
    return pb.AttributePath(
        steps=[
            pb.AttributePath.Step(element_key_int=step) if isinstance(step, int) else pb.AttributePath.Step(attribute_name=step)
            for step in path
        ]
    )
