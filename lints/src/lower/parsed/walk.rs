//! Walks a syntax tree and notes the functions, columns and sub-queries in it.

use sqlparser::ast::{
    AccessExpr, Distinct, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArgumentClause,
    FunctionArguments, GroupByExpr, GroupByWithModifier, Join, JoinConstraint, JoinOperator,
    JsonPathElem, LimitClause, NamedWindowExpr, OrderBy, OrderByExpr, OrderByKind, Query, Select,
    SelectItem, SelectItemQualifiedWildcardKind, SetExpr, Subscript, TableFactor, TableWithJoins,
    WindowFrameBound, WindowSpec, WindowType,
};

use crate::{
    action::TypeName,
    lower::parsed::{
        dml::Cte,
        expr::{column, ident, object_name},
        scope::Scopes,
        types,
    },
    name::{Ident, ObjectName},
};

/// Functions that are called without parentheses.
///
/// Source: `func_expr_common_subexpr` in Postgres's `gram.y`.
const KEYWORD_FUNCTIONS: &[&str] = &[
    "current_catalog",
    "current_date",
    "current_role",
    "current_schema",
    "current_time",
    "current_timestamp",
    "current_user",
    "localtime",
    "localtimestamp",
    "session_user",
    "system_user",
    "user",
];

/// What a walk has met, in the order of the text.
#[derive(Default)]
pub(super) struct Seen {
    pub(super) functions: Vec<ObjectName>,
    pub(super) columns: Vec<Ident>,
    /// For each of the columns, how it stands there.
    pub(super) references: Vec<Reference>,
    /// The columns that are cast straight away, and to which type.
    pub(super) casts: Vec<(Ident, TypeName)>,
    /// The tables and views that queries read; what a `WITH` names is among them.
    pub(super) tables: Vec<ObjectName>,
    pub(super) subquery: bool,
    pub(super) depth: usize,
    /// Whose those of the columns are that stand in a query.
    pub(super) scopes: Scopes,
}

/// How a column's name stands in an expression.
pub(super) struct Reference {
    /// The table that is written with it.
    pub(super) qualifier: Option<String>,
    /// It stands in a sub-query, where a bare name may be another table's.
    pub(super) in_subquery: bool,
}

impl Seen {
    /// Begins with the queries of the `WITH` before a statement.
    pub(super) fn within(ctes: &[Cte]) -> Self {
        let mut seen = Self::default();
        for cte in ctes {
            if let Some(query) = &cte.query {
                seen.query(query);
            }
            seen.scopes.name(cte.name.clone(), cte.query.as_ref());
        }
        seen
    }

    pub(super) fn expr(&mut self, expr: &Expr) {
        match expr {
            Expr::Identifier(name) => self.word(name),
            Expr::CompoundIdentifier(parts) => {
                if let [.., table, column] = parts.as_slice() {
                    self.column(ident(column), Some(ident(table).value));
                }
            }
            Expr::CompoundFieldAccess { root, access_chain } => {
                self.expr(root);
                for access in access_chain {
                    if let AccessExpr::Subscript(subscript) = access {
                        self.subscript(subscript);
                    }
                }
            }
            Expr::JsonAccess { value, path } => {
                self.expr(value);
                for step in &path.path {
                    if let JsonPathElem::Bracket { key } | JsonPathElem::ColonBracket { key } = step
                    {
                        self.expr(key);
                    }
                }
            }
            Expr::IsFalse(inner)
            | Expr::IsNotFalse(inner)
            | Expr::IsTrue(inner)
            | Expr::IsNotTrue(inner)
            | Expr::IsNull(inner)
            | Expr::IsNotNull(inner)
            | Expr::IsUnknown(inner)
            | Expr::IsNotUnknown(inner)
            | Expr::IsJson { expr: inner, .. }
            | Expr::UnaryOp { expr: inner, .. }
            | Expr::Collate { expr: inner, .. }
            | Expr::Named { expr: inner, .. }
            | Expr::Prefixed { value: inner, .. }
            | Expr::OuterJoin(inner)
            | Expr::Prior(inner)
            | Expr::Nested(inner) => self.expr(inner),
            Expr::Cast {
                expr: inner,
                data_type,
                ..
            } => {
                if let Some(column) = column(inner) {
                    let data_type = types::from_text(&data_type.to_string());
                    self.casts.push((column, data_type));
                }
                self.expr(inner);
            }
            Expr::IsNormalized { expr, .. } => self.call("is_normalized", [expr.as_ref()]),
            Expr::Extract { expr, .. } => self.call("extract", [expr.as_ref()]),
            Expr::Ceil { expr, .. } => self.call("ceil", [expr.as_ref()]),
            Expr::Floor { expr, .. } => self.call("floor", [expr.as_ref()]),
            Expr::Position { expr, r#in } => self.call("position", [expr.as_ref(), r#in]),
            Expr::AtTimeZone {
                timestamp,
                time_zone,
            } => self.call("timezone", [timestamp.as_ref(), time_zone]),
            Expr::Substring {
                expr,
                substring_from,
                substring_for,
                ..
            } => self.call(
                "substring",
                [expr]
                    .into_iter()
                    .chain(substring_from)
                    .chain(substring_for)
                    .map(Box::as_ref),
            ),
            Expr::Trim {
                trim_what,
                expr,
                trim_characters,
                ..
            } => {
                self.call("trim", trim_what.iter().chain([expr]).map(Box::as_ref));
                self.exprs(trim_characters.iter().flatten());
            }
            Expr::Overlay {
                expr,
                overlay_what,
                overlay_from,
                overlay_for,
            } => self.call(
                "overlay",
                [expr, overlay_what, overlay_from]
                    .into_iter()
                    .chain(overlay_for)
                    .map(Box::as_ref),
            ),
            Expr::BinaryOp { left, right, .. }
            | Expr::IsDistinctFrom(left, right)
            | Expr::IsNotDistinctFrom(left, right)
            | Expr::AnyOp { left, right, .. }
            | Expr::AllOp { left, right, .. } => self.exprs([left.as_ref(), right]),
            Expr::Like {
                expr,
                pattern,
                escape_char,
                ..
            }
            | Expr::ILike {
                expr,
                pattern,
                escape_char,
                ..
            }
            | Expr::SimilarTo {
                expr,
                pattern,
                escape_char,
                ..
            } => self.exprs(
                [expr, pattern]
                    .into_iter()
                    .chain(escape_char)
                    .map(Box::as_ref),
            ),
            Expr::Between {
                expr, low, high, ..
            } => self.exprs([expr.as_ref(), low, high]),
            Expr::InList { expr, list, .. } => {
                self.expr(expr);
                self.exprs(list);
            }
            Expr::InSubquery { expr, subquery, .. } => {
                self.expr(expr);
                self.query(subquery);
            }
            Expr::InUnnest {
                expr, array_expr, ..
            } => self.exprs([expr.as_ref(), array_expr]),
            Expr::Function(function) => self.function(function),
            Expr::Case {
                operand,
                conditions,
                else_result,
                ..
            } => {
                self.exprs(operand.as_deref());
                for when in conditions {
                    self.exprs([&when.condition, &when.result]);
                }
                self.exprs(else_result.as_deref());
            }
            Expr::Exists { subquery, .. } | Expr::Subquery(subquery) => self.query(subquery),
            Expr::GroupingSets(sets) | Expr::Cube(sets) | Expr::Rollup(sets) => {
                self.exprs(sets.iter().flatten());
            }
            Expr::Tuple(values) => self.exprs(values),
            Expr::Array(array) => self.exprs(&array.elem),
            Expr::Interval(interval) => self.expr(&interval.value),
            // Literals, and what no Postgres has.
            Expr::Value(_)
            | Expr::TypedString(_)
            | Expr::Wildcard(_)
            | Expr::QualifiedWildcard(..)
            | Expr::RLike { .. }
            | Expr::Convert { .. }
            | Expr::Struct { .. }
            | Expr::Dictionary(_)
            | Expr::Map(_)
            | Expr::MatchAgainst { .. }
            | Expr::Lambda(_)
            | Expr::MemberOf(_) => {}
        }
    }

    pub(super) fn query(&mut self, query: &Query) {
        self.subquery = true;
        self.depth += 1;
        let known = self.scopes.known();
        for cte in query.with.iter().flat_map(|with| &with.cte_tables) {
            self.query(&cte.query);
            let plain = Some(&*cte.query).filter(|_| cte.alias.columns.is_empty());
            self.scopes.name(ident(&cte.alias.name), plain);
        }
        self.set_expr(&query.body);
        // A name there may be that of a column which the query gives.
        self.scopes.enter(None);
        self.order_by(query.order_by.as_ref());
        match &query.limit_clause {
            Some(LimitClause::LimitOffset { limit, offset, .. }) => {
                self.exprs(
                    limit
                        .iter()
                        .chain(offset.as_ref().map(|offset| &offset.value)),
                );
            }
            Some(LimitClause::OffsetCommaLimit { offset, limit }) => self.exprs([offset, limit]),
            None => {}
        }
        self.exprs(
            query
                .fetch
                .iter()
                .filter_map(|fetch| fetch.quantity.as_ref()),
        );
        self.scopes.leave();
        self.scopes.forget(known);
        self.depth -= 1;
    }

    fn exprs<'e>(&mut self, exprs: impl IntoIterator<Item = &'e Expr>) {
        for expr in exprs {
            self.expr(expr);
        }
    }

    fn word(&mut self, name: &sqlparser::ast::Ident) {
        let name = ident(name);
        let quoted = name.span.end - name.span.start != name.value.len();
        if !quoted && KEYWORD_FUNCTIONS.contains(&name.value.as_str()) {
            self.functions.push(ObjectName::new(None, name));
        } else if quoted || name.value != "default" {
            self.column(name, None);
        }
    }

    fn column(&mut self, column: Ident, qualifier: Option<String>) {
        self.scopes.column(&column, qualifier.as_deref());
        self.columns.push(column);
        self.references.push(Reference {
            qualifier,
            in_subquery: self.depth > 0,
        });
    }

    /// A function with a syntax of its own.
    fn call<'e>(&mut self, name: &str, arguments: impl IntoIterator<Item = &'e Expr>) {
        self.functions
            .push(ObjectName::new(None, Ident::new(name, Default::default())));
        self.exprs(arguments);
    }

    fn function(&mut self, function: &Function) {
        self.functions.push(object_name(&function.name));
        self.arguments(&function.parameters);
        self.arguments(&function.args);
        self.sorted(&function.within_group);
        self.exprs(function.filter.as_deref());
        if let Some(WindowType::WindowSpec(window)) = &function.over {
            self.window(window);
        }
    }

    fn arguments(&mut self, arguments: &FunctionArguments) {
        match arguments {
            FunctionArguments::None => {}
            FunctionArguments::Subquery(query) => self.query(query),
            FunctionArguments::List(list) => {
                self.argument_list(&list.args);
                for clause in &list.clauses {
                    match clause {
                        FunctionArgumentClause::OrderBy(by) => self.sorted(by),
                        FunctionArgumentClause::Where(expr)
                        | FunctionArgumentClause::Limit(expr) => self.expr(expr),
                        _ => {}
                    }
                }
            }
        }
    }

    fn argument_list(&mut self, arguments: &[FunctionArg]) {
        for argument in arguments {
            let (FunctionArg::Named { arg, .. }
            | FunctionArg::ExprNamed { arg, .. }
            | FunctionArg::Unnamed(arg)) = argument;
            if let FunctionArgExpr::Expr(expr) = arg {
                self.expr(expr);
            }
        }
    }

    fn window(&mut self, window: &WindowSpec) {
        self.exprs(&window.partition_by);
        self.sorted(&window.order_by);
        let bounds = window
            .window_frame
            .iter()
            .flat_map(|frame| std::iter::once(&frame.start_bound).chain(&frame.end_bound));
        for bound in bounds {
            if let WindowFrameBound::Preceding(Some(expr))
            | WindowFrameBound::Following(Some(expr)) = bound
            {
                self.expr(expr);
            }
        }
    }

    fn sorted(&mut self, by: &[OrderByExpr]) {
        self.exprs(by.iter().map(|by| &by.expr));
    }

    fn order_by(&mut self, order_by: Option<&OrderBy>) {
        if let Some(OrderBy {
            kind: OrderByKind::Expressions(by),
            ..
        }) = order_by
        {
            self.sorted(by);
        }
    }

    fn set_expr(&mut self, body: &SetExpr) {
        match body {
            SetExpr::Select(select) => self.select(select),
            SetExpr::Query(query) => self.query(query),
            SetExpr::SetOperation { left, right, .. } => {
                self.set_expr(left);
                self.set_expr(right);
            }
            SetExpr::Values(values) => {
                self.exprs(values.rows.iter().flat_map(|row| &row.content));
            }
            SetExpr::Table(table) => {
                if let Some(name) = &table.table_name {
                    let name = Ident::new(name.to_lowercase(), Default::default());
                    let table = ObjectName::new(None, name);
                    self.scopes.table(&table);
                    self.tables.push(table);
                }
            }
            // A query cannot hold these: they are read from the tokens before a query is parsed.
            SetExpr::Insert(_) | SetExpr::Update(_) | SetExpr::Delete(_) | SetExpr::Merge(_) => {}
        }
    }

    fn select(&mut self, select: &Select) {
        let sources = self.scopes.sources(&select.from);
        self.scopes.enter(Some(sources));
        if let Some(Distinct::On(exprs)) = &select.distinct {
            self.exprs(exprs);
        }
        for item in &select.projection {
            match item {
                SelectItem::UnnamedExpr(expr)
                | SelectItem::ExprWithAlias { expr, .. }
                | SelectItem::ExprWithAliases { expr, .. }
                | SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expr), _) => {
                    self.expr(expr);
                }
                SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => {}
            }
        }
        self.from(&select.from);
        self.exprs(&select.selection);
        self.scopes.enter(None);
        if let GroupByExpr::Expressions(exprs, modifiers) = &select.group_by {
            self.exprs(exprs);
            for modifier in modifiers {
                if let GroupByWithModifier::GroupingSets(expr) = modifier {
                    self.expr(expr);
                }
            }
        }
        self.scopes.leave();
        self.exprs(&select.having);
        for window in &select.named_window {
            if let NamedWindowExpr::WindowSpec(window) = &window.1 {
                self.window(window);
            }
        }
        self.scopes.leave();
    }

    pub(super) fn from(&mut self, from: &[TableWithJoins]) {
        for table in from {
            self.table(table);
        }
    }

    fn table(&mut self, table: &TableWithJoins) {
        self.table_factor(&table.relation);
        for Join {
            relation,
            join_operator,
            ..
        } in &table.joins
        {
            self.table_factor(relation);
            match constraint(join_operator) {
                Some(JoinConstraint::On(expr)) => self.expr(expr),
                Some(other) => self.scopes.using(other),
                None => {}
            }
        }
    }

    fn table_factor(&mut self, factor: &TableFactor) {
        match factor {
            TableFactor::Table {
                name,
                args: Some(arguments),
                ..
            } => {
                self.functions.push(object_name(name));
                self.argument_list(&arguments.args);
            }
            TableFactor::Function { name, args, .. } => {
                self.functions.push(object_name(name));
                self.argument_list(args);
            }
            TableFactor::UNNEST { array_exprs, .. } => self.call("unnest", array_exprs),
            TableFactor::TableFunction { expr, .. } => self.expr(expr),
            TableFactor::Derived {
                lateral: true,
                subquery,
                ..
            } => self.query(subquery),
            // It does not see what stands beside it.
            TableFactor::Derived { subquery, .. } => {
                let beside = self.scopes.leave();
                self.query(subquery);
                self.scopes.enter(beside);
            }
            TableFactor::NestedJoin {
                table_with_joins, ..
            } => self.table(table_with_joins),
            TableFactor::JsonTable { json_expr, .. } => self.call("json_table", [json_expr]),
            TableFactor::XmlTable {
                row_expression,
                passing,
                ..
            } => {
                self.call("xmltable", [row_expression]);
                self.exprs(passing.arguments.iter().map(|argument| &argument.expr));
            }
            TableFactor::Table { name, .. } => {
                let table = object_name(name);
                self.scopes.table(&table);
                self.tables.push(table);
            }
            // What no Postgres has.
            _ => {}
        }
    }

    fn subscript(&mut self, subscript: &Subscript) {
        match subscript {
            Subscript::Index { index } => self.expr(index),
            Subscript::Slice {
                lower_bound,
                upper_bound,
                stride,
            } => self.exprs(lower_bound.iter().chain(upper_bound).chain(stride)),
        }
    }
}

/// The condition of a join.
pub(super) fn constraint(join: &JoinOperator) -> Option<&JoinConstraint> {
    match join {
        JoinOperator::Join(constraint)
        | JoinOperator::Inner(constraint)
        | JoinOperator::Left(constraint)
        | JoinOperator::LeftOuter(constraint)
        | JoinOperator::Right(constraint)
        | JoinOperator::RightOuter(constraint)
        | JoinOperator::FullOuter(constraint)
        | JoinOperator::CrossJoin(constraint) => Some(constraint),
        _ => None,
    }
}
